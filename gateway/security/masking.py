"""What a person on duty may see of somebody's data (GB/T 35273): enough to recognise, too little to misuse."""


def mask_name(name: str) -> str:
    """The first character, the rest starred: 张**."""
    return name[0] + "*" * (len(name) - 1)


def mask_number(number: str) -> str:
    """First six and last four of a long number; of a short one first and last two."""
    first, last = (6, 4) if len(number) >= 15 else (2, 2)
    if len(number) <= first + last:
        return "*" * len(number)
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]
