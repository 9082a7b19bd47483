"""One file a command of `quanshi`: a docstring whose first line is its help, and a click command named `command`."""
