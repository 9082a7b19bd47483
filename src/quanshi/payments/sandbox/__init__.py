"""A payment provider that moves no money: its own keys, its own records, reached over its HTTP interface alone.

`wire` is what it and its merchants agree on, `provider` is the provider itself. Our side of it is
`gateways.SandboxGateway`, which shares nothing with the provider but `wire`.
"""
