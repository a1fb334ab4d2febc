/** The head of a table whose columns of text come first, and of numbers last. */

interface TableHeadProps {
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
}

export function TableHead({ texts, numbers }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {texts.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {numbers.map((name) => (
          <th key={name} scope="col" class="number">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
