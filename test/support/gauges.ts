/**
 * A French table of 60 river gauges: decimal commas, points between thousands, a unit, dates whose order is open, and two words of its
 * own for a missing cell. With times of the day, or without.
 */
export function gaugesCsv({ hours }: { readonly hours: boolean }): string {
  const rows = Array.from({ length: 60 }, (_, row) => {
    const kind = row % 2;
    const flow = row % 10 === 3 ? 'n/d' : `${3 + 4 * kind},${row % 9}`;
    const level = row % 12 === 5 ? '-999' : `1.${200 + 100 * kind + (row % 7)},5`;
    const day = `${String(1 + (row % 12)).padStart(2, '0')}/${String(1 + (row % 11)).padStart(2, '0')}/2024`;
    const hour = hours ? [`${8 + (row % 9)}:30`] : [];
    return [flow, level, `${1 + (row % 7)} km`, ...hour, day, ['faible', 'élevé'][kind]].join(';');
  });
  return `débit;niveau;distance;${hours ? 'heure;' : ''}jour;état\n${rows.join('\n')}\n`;
}
