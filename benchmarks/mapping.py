"""How long the mapping language takes, on one core: rendering a case, making its bytes, reading an answer, loading folders.

    python benchmarks/mapping.py [--rounds 7] [--count 400]

For each line the median of the rounds' means is printed, and the goal where there is one: the processor's time for messages, the wall's for
loading. What is measured:

  render     a message's tree out of a case's facts: Template.render, nothing before it and nothing behind it
  bytes      everything an adapter does before signing: the tree of facts, the render, the message held against the partner's schema, and
             serialised; content stands as tokens, as it does until its bytes are streamed
  zeep       what of a SOAP message's bytes is zeep's own: its elements out of finished values, nothing of ours
  read       an answer's bytes to the named values of a status
  load       folders on disk to folders that can be used; then their schemas, too, as at the start of the gateway

The REST case fills 40 fields; its steps are written for this, and it has no schema. SOAP is the shipped folder with three materials, by its
WSDL and XSD.
"""

import argparse
import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zeep
from lxml import etree

import partners
from gateway.mapping import Folder, load, load_all
from gateway.model import Blob, CaseDraft, CaseFacts, MaterialFact
from gateway.wire import serialize_xml
from partners.rest import JsonForm
from partners.soap import SoapForm
from partners.tokens import Tokens

MAPPINGS = Path(__file__).parents[1] / "mappings"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FORM_FIELDS = 20
FOLDERS = 40
Line = tuple[str, Callable[[], object], float | None]

SEND = """\
language: 1
steps:
  submit:
    path: /api/matter/submit
    send:
      outerNo: ${case.number}
      itemCode: ${case.matter}
      itemName: ${case.matter_name}
      areaCode: ${region(case.destination, '12')}
      fromArea: ${region(case.origin, '12')}
      applyTime: ${date(case.received_at, 'yyyyMMddHHmmss')}
      sendTime: ${date(now, 'yyyy-MM-dd HH:mm:ss')}
      window: ${hall.name}-${reception.window}
      clerk: ${reception.clerk}
      applicant:
        type: ${code('applicant_class', applicant.class)}
        name: ${applicant.name}
        shownName: ${mask(applicant.name, `1`, `0`)}
        certType: ${code('certificate', applicant.certificate.type)}
        certNo: ${applicant.certificate.number}
        shownCertNo: ${mask(applicant.certificate.number, `6`, `4`)}
        mobile: ${applicant.phone}
        address?: ${applicant.address}
        legalName?: ${applicant.representative.name}
        legalCertType?: ${code('certificate', applicant.representative.certificate.type)}
        legalCertNo?: ${applicant.representative.certificate.number}
      form:
"""
READ = """\
    read:
      number: ${data.bizNo}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        for name, work, goal in (*_rest(Path(root) / "bench-rest"), *_soap()):
            seconds = median(work, options.rounds, options.count)
            tell(name, f"{seconds * 1e6:8.1f} µs", None if goal is None else f"{goal * 1e6:.0f} µs", goal is None or seconds <= goal)
        for name, work, goal in _loading(Path(root) / "many"):
            seconds = median(work, min(3, options.rounds), 1, time.perf_counter)
            tell(name, f"{seconds:8.2f} s ", None if goal is None else f"{goal:.0f} s", goal is None or seconds <= goal)


def median(work: Callable[[], object], rounds: int, count: int, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of one run of the work: the median of the rounds' means, the first round unheard. clock: of the processor, or of the wall."""
    means = []
    for _ in range(rounds + 1):
        gc.collect()
        began = clock()
        for _ in range(count):
            work()
        means.append((clock() - began) / count)
    return statistics.median(means[1:])


def tell(name: str, figure: str, goal: str | None, reached: bool) -> None:
    """One line."""
    beside = "" if goal is None else f"   goal {goal}: {'reached' if reached else 'MISSED'}"
    sys.stdout.write(f"{name:<46}{figure}{beside}\n")


def _rest(path: Path) -> Iterator[Line]:
    shutil.copytree(MAPPINGS / "harbin-changchun", path, ignore=shutil.ignore_patterns("examples", "schemas", "matters"))
    (path / "matters").mkdir()
    (path / "matters" / "a.yaml").write_text('language: 1\nmatter: "000109003000"\nextends: common\n', "utf-8")
    form = "".join(f"        field{number}: ${{form.field{number}}}\n" for number in range(FORM_FIELDS))
    query = (path / "steps" / "common.yaml").read_text("utf-8").partition("  query:\n")[2].partition("\n  supplement:\n")[0]
    (path / "steps" / "common.yaml").write_text(f"{SEND}{form}{READ}  query:\n{query}\n", "utf-8")
    partner = (path / "partner.yaml").read_text("utf-8").replace("secret:harbin-changchun/", "secret:bench-rest/")
    (path / "partner.yaml").write_text(partner, "utf-8")
    folder, form_of, facts = load(path), JsonForm(path / "schemas"), _facts(0)
    form_of.get_ready()
    answer = (
        '{"code":"0","msg":"ok","data":{"outerNo":"KS1","bizNo":"B1","status":"3","handleTime":"2026-11-20 10:00:00","opinion":"同意受理"}}'
    ).encode()
    query_step = folder.matters["000109003000"].steps["query"]
    yield "REST, 40 fields: render", _render(folder, facts), 100e-6
    yield "REST, 40 fields: bytes", _bytes(folder, form_of, facts), 100e-6
    yield "REST, an answer: read", lambda: query_step.read.read(form_of.read(answer, "application/json", 2**20)), None
    shipped = load(MAPPINGS / "harbin-changchun")
    with_schema = JsonForm(shipped.schemas)
    with_schema.get_ready()
    yield "REST, shipped folder with its OpenAPI: bytes", _bytes(shipped, with_schema, facts), None


def _soap() -> Iterator[Line]:
    folder, facts = load(MAPPINGS / "guizhou-province"), _facts(3)
    form = SoapForm(folder.schemas)
    form.get_ready()
    yield "SOAP, 3 materials: render", _render(folder, facts), 250e-6
    yield "SOAP, 3 materials: bytes", _bytes(folder, form, facts), 250e-6
    tree = folder.matters[facts.matter].steps["submit"].send.render(facts.tree(NOW)).tree
    client = zeep.Client(str(next(folder.schemas.glob("*.wsdl"))))
    values = {name: _plain(below) for name, below in tree.items()}
    yield "SOAP, 3 materials: zeep", lambda: client.create_message(client.service, "SubmitMatter", **values), None


def _plain(value: Any) -> Any:
    """A tree as zeep takes it."""
    if isinstance(value, dict):
        return {"_value_1" if name == "#text" else name.removeprefix("@"): _plain(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_plain(below) for below in value]
    return b"x" * 42 if isinstance(value, Blob) else value


def _loading(root: Path) -> Iterator[Line]:
    names = sorted(path.name for path in MAPPINGS.iterdir() if (path / "partner.yaml").is_file())
    for number in range(FOLDERS):
        name = names[number % len(names)]
        copy = root / f"copy-{number}"
        shutil.copytree(MAPPINGS / name, copy)
        partner = (copy / "partner.yaml").read_text("utf-8").replace(f"secret:{name}/", f"secret:copy-{number}/")
        before, _, behind = partner.partition("regions:")
        (copy / "partner.yaml").write_text(f'{before}regions: ["99{number + 10}00"]\n{behind.partition(chr(10))[2]}', "utf-8")
    yield f"{FOLDERS} folders: load", lambda: load_all(root, documents=partners.DOCUMENTS), 3.0
    folders = load_all(root, documents=partners.DOCUMENTS)
    yield f"{FOLDERS} folders: their schemas", lambda: [_ready(folder) for folder in folders.values()], None


def _ready(folder: Folder) -> None:
    (SoapForm if folder.transport == "soap" else JsonForm)(folder.schemas).get_ready()


def _render(folder: Folder, facts: CaseFacts) -> Callable[[], object]:
    template, tree = folder.matters[facts.matter].steps["submit"].send, facts.tree(NOW)
    faults = template.render(tree).faults
    assert not faults, faults
    return lambda: template.render(tree)


def _bytes(folder: Folder, form: JsonForm | SoapForm, facts: CaseFacts) -> Callable[[], object]:
    step = folder.matters[facts.matter].steps["submit"]

    def work() -> bytes:
        message = form.request(step, step.send.render(facts.tree(NOW)).tree, Tokens(_Entropy()))
        assert message.message is not None, message.faults
        return serialize_xml(message.message) if isinstance(message.message, etree._Element) else message.message

    return work


class _Entropy:
    """Tokens need no chance to be measured."""

    def token(self, nbytes: int) -> bytes:
        """So many bytes."""
        return bytes(nbytes)


def _facts(materials: int) -> CaseFacts:
    representative = {"name": "王试样", "certificate": {"type": "111", "number": "990101199003070015"}}
    draft: dict[str, Any] = {
        "matter": "000109003000",
        "destination": "230100",
        "applicant": {
            "class": "sole-trader", "name": "试验小铺", "certificate": {"type": "001", "number": "92990101MA0ABC1219"},
            "phone": "13800000001", "address": "试验路 1 号", "representative": representative,
        },
        "reception": {"window": "A01", "clerk": "0042"},
        "form": {f"field{number}": f"内容 {number}" for number in range(FORM_FIELDS)},
    }  # fmt: skip
    blob = Blob.absent("申请表.pdf", 120_000, "0" * 64, "application/pdf")
    return CaseFacts(
        number="KS370171230100202611200000001A", matter="000109003000", matter_name="户口迁移", mode="joint", origin="370171",
        destination="230100", received_at=NOW, hall_id="hall-1", hall_name="试验大厅", draft=CaseDraft.model_validate(draft),
        materials=tuple(MaterialFact(f"m{number}", "申请表.pdf", "pdf", blob) for number in range(materials)),
    )  # fmt: skip


if __name__ == "__main__":
    main()
