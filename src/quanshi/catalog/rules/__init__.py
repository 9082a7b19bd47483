"""Pure decisions of the catalogue: cursors, cells, rows, records, HTML, pictures."""
