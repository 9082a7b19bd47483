def share(total_minor: int) -> float:
    return total_minor / 3
