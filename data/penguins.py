"""Writes penguins.csv.gz from the raw table of palmerpenguins 0.1.6: Chinese headers, byte-order mark and CRLF, as a spreadsheet saves it.

Run by hand: pip install --no-deps palmerpenguins==0.1.6 && python data/penguins.py
Only the names of the columns change; every cell stays as it is, missing ones (NA) too.
"""

import csv
import gzip
import importlib.util
import io
import pathlib

HEADERS = {
    "studyName": "考察批次",
    "Sample Number": "样本编号",
    "Species": "物种",
    "Region": "地区",
    "Island": "岛屿",
    "Stage": "阶段",
    "Individual ID": "个体编号",
    "Clutch Completion": "产卵完成",
    "Date Egg": "产卵日期",
    "Culmen Length (mm)": "喙长（毫米）",
    "Culmen Depth (mm)": "喙深（毫米）",
    "Flipper Length (mm)": "鳍长（毫米）",
    "Body Mass (g)": "体重（克）",
    "Sex": "性别",
    "Delta 15 N (o/oo)": "氮15（‰）",
    "Delta 13 C (o/oo)": "碳13（‰）",
    "Comments": "备注",
}

package = pathlib.Path(importlib.util.find_spec("palmerpenguins").origin).parent
with open(package / "data" / "penguins-raw.csv", newline="", encoding="utf-8") as file:
    header, *rows = csv.reader(file)

text = io.StringIO()
writer = csv.writer(text, lineterminator="\r\n")
writer.writerow([HEADERS[name] for name in header])
writer.writerows(rows)
packed = gzip.compress(text.getvalue().encode("utf-8-sig"), compresslevel=9, mtime=0)
pathlib.Path(__file__).with_name("penguins.csv.gz").write_bytes(packed)
