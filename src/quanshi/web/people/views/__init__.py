"""Views by subject: parse, one service call or selector, render."""
