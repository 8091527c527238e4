"""One tree of exceptions; every one has a stable code, a public text in two languages and an internal detail kept apart.

TongbanError
├── WireError        bytes that are not what they claim to be (gateway.wire)
├── OutboundError    a call that did not end in an answer (gateway.outbound)
├── MappingError     a partner folder that cannot be used, with all its findings (gateway.mapping)
├── StoreError       the store cannot do what was asked (gateway.store)
├── RefusedError     a request that must not be carried out, with all its faults (gateway.flow)
└── SettingsError    the process cannot start with these settings
"""


class TongbanError(Exception):
    """Base of all our errors.

    code: stable, dotted, documented in docs/errors.md.
    zh, en: what a person may read; never personal data, a path of the machine or a library's name.
    detail: for the log of the operator; never personal data.
    places: where the input is at fault, each as it is printed; empty where that says nothing.
    """

    places: tuple[object, ...] = ()

    def __init__(self, code: str, zh: str, en: str, *, detail: str | None = None) -> None:
        super().__init__(f"{code}: {en}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.zh = zh
        self.en = en
        self.detail = detail


class SettingsError(TongbanError):
    """The process cannot start with these settings; says which one and what to do."""
