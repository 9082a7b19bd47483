"""House rules that ruff cannot know, as small checks of a file's tree or lines. Run: python -m tools.lint [paths]."""
