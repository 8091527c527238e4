"""What a person on duty may see of somebody's data (GB/T 35273): enough to recognise, too little to misuse."""

from unicodedata import category


def mask_name(name: str) -> str:
    """The first character, the rest starred: 张**."""
    return name[0] + "*" * (len(name) - 1)


def mask_number(number: str) -> str:
    """First six and last four of a long number; of a short one first and last two."""
    first, last = (6, 4) if len(number) >= 15 else (2, 2)
    if len(number) <= first + last:
        return "*" * len(number)
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]


def mask_shape(text: str) -> str:
    """Only what a value looks like: # for every digit, * for everything else but punctuation, spaces and the signs of ASCII."""
    return "".join(map(_shape, text))


def _shape(one: str) -> str:
    if one.isdigit():
        return "#"
    return one if (one.isascii() and one.isprintable() and not one.isalnum()) or category(one)[0] in "PZ" else "*"
