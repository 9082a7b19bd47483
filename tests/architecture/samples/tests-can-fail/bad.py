def test_sum() -> None:
    print(1 + 1)
