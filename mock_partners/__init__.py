"""Simulated partners and a simulated hall, each a process of its own: `python -m mock_partners rest | soap | hall | simulate`.

They keep their own state, inject faults and refuse every request that is not exactly as their published schema says.
Nothing here is shared with the gateway: a simulator that used its signing or XML code would agree with its mistakes.
"""
