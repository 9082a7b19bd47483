"""Product pictures drawn by the project: plain SVG from Python, the same bytes on every machine.

`colour` mixes, `canvas` writes, `forms` builds volumes, `scenes` lights the stage, and one module a family of goods
(`tea_*`, `farm_*`, `studio_*`) draws things standing on the ground at (0, 0). `pictures` puts them together.
"""
