"""House rules that ruff cannot know, as small AST checks. Run: python -m tools.lint [paths]."""
