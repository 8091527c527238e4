"""Tables that people make ↔ rows: CSV, workbooks and JSON lists in and out, every value with its place. Nothing is repaired by guess."""

from . import fields
from .catalogue_columns import COLUMNS, Column, Record
from .catalogue_rows import HEADER, CatalogueFile, Entry, catalogue_rows, region_json
from .errors import TEXTS, SheetError
from .fields import Field, UnfitError
from .places import KEPT, Faults, Place
from .table import Row, Table
from .template import EXPLAINED, explanations, template_rows
from .write import csv_appender, write_csv, write_csv_file, write_json_lists, write_workbook

__all__ = [
    "COLUMNS",
    "EXPLAINED",
    "HEADER",
    "KEPT",
    "TEXTS",
    "CatalogueFile",
    "Column",
    "Entry",
    "Faults",
    "Field",
    "Place",
    "Record",
    "Row",
    "SheetError",
    "Table",
    "UnfitError",
    "catalogue_rows",
    "csv_appender",
    "explanations",
    "fields",
    "region_json",
    "template_rows",
    "write_csv",
    "write_csv_file",
    "write_json_lists",
    "write_workbook",
]
