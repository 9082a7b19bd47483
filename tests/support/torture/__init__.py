"""A million orders while edge, worker and database are killed, and the proof that every answer was true.

`parts` keeps an installation's processes running, `goods` makes what people want, `storm` sends it, `buyers` pay,
`killer` kills, `rows` reads what the database holds, `judge` and `money` compare, `rounds` plays it all.
`python -m tools.torture` runs it.
"""
