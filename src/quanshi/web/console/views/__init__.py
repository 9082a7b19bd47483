"""One file a job of the console. Views parse, call one service or selector, and render or redirect."""
