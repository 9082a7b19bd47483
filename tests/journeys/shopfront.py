"""The catalogue that the journeys sell from: a file as another shop system writes it, with a picture beside it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SHOP = "harbour"
CATALOGUE = """\
Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,\
Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text
canvas-bag,Canvas bag,<p>Heavy canvas.</p><script>alert(1)</script>,Harbour,Bags,TRUE,Colour,Sand,Size,Small,BAG-SS,\
400,20,119.00,149.00,images/bag.png,1,A canvas bag
canvas-bag,,,,,,,Ink,,Large,BAG-IL,500,20,129.00,,,,
enamel-mug,Enamel mug,<p>Does not mind being dropped.</p>,Harbour,Kitchen,TRUE,Title,Default Title,,,MUG-1,\
200,50,39.90,,images/mug.png,1,A white mug
"""


def write_catalogue(folder: Path) -> Path:
    """Result: the file, with images/ beside it."""
    (folder / "images").mkdir()
    for name, colour in (("bag", "#c8a878"), ("mug", "#f4f1ea")):
        picture = Image.new("RGB", (1200, 1200), "#dfe6e2")
        ImageDraw.Draw(picture).rounded_rectangle((300, 350, 900, 950), radius=90, fill=colour)
        picture.save(folder / "images" / f"{name}.png")
    file = folder / "catalogue.csv"
    file.write_text(CATALOGUE)
    return file
