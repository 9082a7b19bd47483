from quanshi.kernel import clock

NOW = clock.now()
