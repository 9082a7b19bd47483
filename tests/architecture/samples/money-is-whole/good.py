def share(total_minor: int) -> int:
    return total_minor // 3
