"""Evidence bundles: what goes in comes out, what was altered is lost, and no folder is harmed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.chain import Written
from auditor.codec import encode
from auditor.evaluate.assess import assess
from auditor.evaluate.decide import Overlays
from auditor.model.evidence import Evidence, Status
from auditor.model.probe import FactSpec, FactType
from auditor.model.target import Deployment, Feature, Looking, Target
from auditor.model.verdict import Waiver
from auditor.store.bundle import (
    BadBundle,
    ChecklistFile,
    Manifest,
    check,
    digest,
    load,
    opened,
    seal,
    unsealed,
    with_report,
    write,
    written,
)
from tests.evaluate.worlds import NOW, ago, answer, asks, checklist, fact, item, probe_spec

NUMBER = FactSpec("n", FactType.NUMBER, "N.")
OTHER = FactSpec("m", FactType.NUMBER, "M.")
EVIDENCE = (answer("a.one", fact("n", 1)), answer("b.two", fact("m", 2.5)))
BLOB = b"<testsuite/>"
BLOBS = {hashlib.sha256(BLOB).hexdigest(): BLOB}
MANIFEST = Manifest(
    bundle_version="1",
    tool={"name": "auditor", "version": "0.1.0"},
    started_at=NOW.isoformat(),
    finished_at=ago(seconds=-9),
    target=Target("orders", "shop", deployment=Deployment("staging", "https://x.test")),
    looking=Looking(evidence=("r/*.xml",), features=(Feature("pay", "Pay"),)),
    checklist="production-readiness",
    probes=(probe_spec("a.one", NUMBER), probe_spec("b.two", OTHER)),
    waivers=(Waiver("an.item", "dana", "lee", "later", ago(days=-1)),),
    not_applicable={"other.item": "not here"},
    notes=("a note",),
    requests=3,
    bytes_received=99,
)
FILES = seal(MANIFEST, EVIDENCE, BLOBS)
ITEMS = checklist(item("one", asks("n", "== 1")), item("two", asks("m", "> 2")))


class TestRoundTrip:
    def test_a_bundle_holds_manifest_evidence_and_blobs(self) -> None:
        blob = next(iter(BLOBS))
        assert sorted(FILES) == [
            f"blobs/{blob}",
            "evidence/a.one.json",
            "evidence/b.two.json",
            "manifest.json",
        ]
        listed = json.loads(FILES["manifest.json"])["files"]
        assert listed == {
            p: hashlib.sha256(d).hexdigest() for p, d in FILES.items() if p != "manifest.json"
        }

    def test_everything_that_is_needed_to_judge_again_comes_back(self) -> None:
        manifest, seen = opened(FILES)
        assert replace(manifest, files={}) == MANIFEST
        assert seen.evidence == EVIDENCE
        assert seen.probes == MANIFEST.probes
        assert seen.target == MANIFEST.target
        assert seen.overlays == Overlays(MANIFEST.not_applicable, MANIFEST.waivers)
        assert (seen.tool_version, seen.requests, seen.bytes_received) == ("0.1.0", 3, 99)
        assert (seen.started_at, seen.finished_at) == (MANIFEST.started_at, MANIFEST.finished_at)
        assert seen.notes == ("a note",)
        assert seen.digest == digest(manifest)

    def test_on_disk_it_is_the_same(self, tmp_path: Path) -> None:
        write(tmp_path / "new" / "folder", FILES)
        assert load(tmp_path / "new" / "folder") == FILES

    def test_the_same_evidence_gives_the_same_bytes(self) -> None:
        assert seal(MANIFEST, tuple(reversed(EVIDENCE)), BLOBS) == FILES

    def test_the_report_is_listed_and_the_digest_stays(self) -> None:
        both = with_report(FILES, b"{}")
        manifest, seen = opened(both)
        assert manifest.files["report.json"] == hashlib.sha256(b"{}").hexdigest()
        assert seen.digest == opened(FILES)[1].digest
        assert unsealed(both, manifest) == ()
        assert unsealed(both | {"report.json": b"{ }"}, manifest) == (
            "report.json was altered after the audit.",
        )

    def test_the_digest_covers_evidence_settings_and_waivers(self) -> None:
        digests = {
            opened(files)[1].digest
            for files in (
                FILES,
                seal(MANIFEST, EVIDENCE[:1], BLOBS),
                seal(MANIFEST, EVIDENCE, {}),
                seal(replace(MANIFEST, waivers=()), EVIDENCE, BLOBS),
                seal(replace(MANIFEST, not_applicable={}), EVIDENCE, BLOBS),
                seal(replace(MANIFEST, looking=Looking()), EVIDENCE, BLOBS),
            )
        }
        assert len(digests) == 6


ACME = Written("readiness/acme.yaml", "/somewhere/acme.yaml", b"extends: base.yaml\nid: acme\n")
BASE = Written("base.yaml", "/somewhere/base.yaml", b"id: base\n")


class TestChecklist:
    """A bundle carries the checklist that judged, so that it can be judged by it again anywhere."""

    FILES = seal(MANIFEST, EVIDENCE, BLOBS, (ACME, BASE))

    def test_it_comes_back_with_the_names_it_was_asked_for_by_and_no_path_of_the_machine(
        self,
    ) -> None:
        manifest, _ = opened(self.FILES)
        found = written(self.FILES, manifest)
        assert [(file.name, file.data) for file in found] == [
            (ACME.name, ACME.data),
            (BASE.name, BASE.data),
        ]
        assert b"/somewhere" not in b"".join(self.FILES.values())

    def test_its_files_are_blobs_that_the_digest_covers(self) -> None:
        manifest, _ = opened(self.FILES)
        blob = hashlib.sha256(ACME.data).hexdigest()
        assert manifest.checklist_files[0] == ChecklistFile(ACME.name, blob)
        assert self.FILES[f"blobs/{blob}"] == ACME.data
        assert unsealed(self.FILES, manifest) == ()
        other = seal(MANIFEST, EVIDENCE, BLOBS, (replace(ACME, data=ACME.data + b" "), BASE))
        assert digest(opened(other)[0]) != digest(manifest)

    @pytest.mark.parametrize("data", [None, b"id: acme\n"])
    def test_one_that_is_missing_or_altered_judges_nothing(self, data: bytes | None) -> None:
        blob = f"blobs/{hashlib.sha256(ACME.data).hexdigest()}"
        files = {p: d for p, d in self.FILES.items() if p != blob} | ({blob: data} if data else {})
        with pytest.raises(BadBundle, match=r"acme\.yaml is missing .*--checklist NAME\|FILE"):
            written(files, opened(files)[0])

    @pytest.mark.parametrize("carried", [(), (ACME,), (BASE, ACME), (ACME, BASE, BASE)])
    def test_one_that_is_not_there_as_a_whole_judges_nothing(
        self, carried: tuple[Written, ...]
    ) -> None:
        files = seal(MANIFEST, EVIDENCE, BLOBS, carried)
        with pytest.raises(BadBundle, match="is not in the bundle as a whole"):
            written(files, opened(files)[0])


def judged(files: dict[str, bytes]) -> tuple[dict[str, str], tuple[Evidence, ...], tuple[str, ...]]:
    """Outcome by item, the evidence, and the notes of a bundle."""
    _, seen = opened(files)
    report = assess(seen, ITEMS)
    return {v.item.id: v.outcome.value for v in report.verdicts()}, seen.evidence, report.notes


class TestAltered:
    def test_a_sound_bundle_passes(self) -> None:
        assert judged(FILES)[0] == {"one": "pass", "two": "pass"}

    def test_false_green_altered_evidence_is_lost_evidence(self) -> None:
        path = "evidence/b.two.json"
        better = FILES[path].replace(b"2.5", b"9.5")
        outcomes, evidence, notes = judged(FILES | {path: better})
        assert outcomes == {"one": "pass", "two": "unknown"}
        assert (evidence[1].status, evidence[1].facts) == (Status.FAILED, ())
        assert evidence[1].problems[0].message == f"{path} was altered after the audit."
        assert f"{path} was altered after the audit." in notes

    def test_false_green_evidence_that_is_not_listed_does_not_count(self) -> None:
        path = "evidence/b.two.json"
        files = seal(MANIFEST, EVIDENCE[:1], {}) | {path: FILES[path]}
        outcomes, _, notes = judged(files)
        assert outcomes["two"] == "unknown"
        assert f"{path} is not part of the bundle." in notes

    def test_missing_evidence_is_lost(self) -> None:
        path = "evidence/b.two.json"
        outcomes, evidence, notes = judged({p: d for p, d in FILES.items() if p != path})
        assert outcomes["two"] == "unknown"
        assert evidence[1].problems[0].message == f"{path} is missing from the bundle."
        assert f"{path} is missing from the bundle." in notes

    def test_a_missing_blob_and_strangers_are_named(self) -> None:
        blob = f"blobs/{next(iter(BLOBS))}"
        files = {p: d for p, d in FILES.items() if p != blob} | {"notes.txt": b"", "x/y": b""}
        assert unsealed(files, opened(files)[0]) == (
            f"{blob} is missing from the bundle.",
            "notes.txt is not part of the bundle.",
            "x/y is not part of the bundle.",
        )

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "cannot be read"),
            (b"{}", "cannot be read"),
            (encode(answer("a.one", fact("m", 3))), "speaks of the probe a.one"),
        ],
    )
    def test_evidence_that_is_none_is_lost_even_when_it_is_listed(
        self, data: bytes, said: str
    ) -> None:
        path = "evidence/b.two.json"
        listed = json.loads(FILES["manifest.json"])
        listed["files"][path] = hashlib.sha256(data).hexdigest()
        files = FILES | {path: data, "manifest.json": json.dumps(listed).encode()}
        outcomes, evidence, _ = judged(files)
        assert outcomes["two"] == "unknown"
        assert said in evidence[1].problems[0].message

    @given(st.sampled_from(sorted(FILES)), st.data())
    def test_no_altered_byte_raises_a_score(self, path: str, data: st.DataObject) -> None:
        old = FILES[path]
        at = data.draw(st.integers(0, len(old) - 1))
        new = old[:at] + bytes([data.draw(st.integers(0, 255))]) + old[at + 1 :]
        try:
            _, seen = opened(FILES | {path: new})
        except BadBundle:
            return
        known = {"a.one": 1, "b.two": 2.5}
        values = [(e.probe, f.value) for e in seen.evidence for f in e.facts]
        assert [known.get(probe) for probe, _ in values] == [value for _, value in values]


class TestManifest:
    def change(self, **entries: object) -> dict[str, bytes]:
        changed = json.loads(FILES["manifest.json"]) | entries
        return FILES | {"manifest.json": json.dumps(changed).encode()}

    def test_no_manifest(self) -> None:
        with pytest.raises(
            BadBundle, match=r"holds no manifest\.json, so it is not an evidence bundle"
        ):
            opened({"evidence/a.one.json": b"{}"})

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 99_999])
    def test_a_manifest_that_cannot_be_read(self, data: bytes) -> None:
        with pytest.raises(BadBundle, match=r"manifest\.json cannot be read"):
            opened({"manifest.json": data})

    def test_a_bundle_of_another_version(self) -> None:
        with pytest.raises(BadBundle, match="The bundle has version '2'; this auditor reads '1'"):
            opened(self.change(bundle_version="2"))

    @pytest.mark.parametrize(
        "entries",
        [
            {"started_at": "yesterday"},
            {"started_at": "2026-03-02T12:00:00"},
            {"finished_at": ""},
            {
                "waivers": [
                    {"item": "i", "owner": "o", "approver": "a", "reason": "r", "expires": "never"}
                ]
            },
        ],
    )
    def test_times_that_are_none(self, entries: dict[str, object]) -> None:
        with pytest.raises(BadBundle, match="no time with its zone"):
            opened(self.change(**entries))

    @pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "evidence/../../x", "a\0b", ""])
    def test_names_in_a_manifest_are_only_compared(self, path: str) -> None:
        files = self.change(files={path: "0" * 64})
        assert f"{path} is missing from the bundle." in unsealed(files, opened(files)[0])

    @given(st.binary(max_size=60))
    def test_no_bytes_break_it(self, data: bytes) -> None:
        with pytest.raises(BadBundle):
            opened({"manifest.json": data})


class TestFolder:
    def test_a_folder_that_holds_something_else_is_not_touched(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(BadBundle, match="is not empty and holds no bundle"):
            write(tmp_path, FILES)
        assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]

    def test_an_empty_folder_is_taken(self, tmp_path: Path) -> None:
        write(tmp_path, FILES)
        assert load(tmp_path) == FILES

    @pytest.mark.parametrize("text", ['{"name": "my web app"}', "not json", "[]"])
    def test_another_kind_of_manifest_is_not_overwritten(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(BadBundle, match="is not the manifest of a bundle"):
            write(tmp_path, FILES)
        assert (tmp_path / "manifest.json").read_text() == text

    def test_an_earlier_bundle_is_replaced_and_nothing_else(self, tmp_path: Path) -> None:
        write(tmp_path, with_report(FILES, b"{}"))
        (tmp_path / "my-notes.txt").write_text("keep me")
        (tmp_path / "evidence" / "mine.json").write_text("keep me")
        smaller = seal(replace(MANIFEST, probes=MANIFEST.probes[:1]), EVIDENCE[:1], {})
        write(tmp_path, smaller)
        assert set(load(tmp_path)) == {*smaller, "my-notes.txt", "evidence/mine.json"}

    def forged(self, folder: Path, *names: str) -> None:
        """A bundle whose manifest lists files that are none of its own."""
        listed = json.loads(FILES["manifest.json"])
        listed["files"] = dict.fromkeys(names, "0" * 64)
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(listed))

    def test_a_forged_manifest_does_not_have_files_deleted(self, tmp_path: Path) -> None:
        outside, folder = tmp_path / "outside.json", tmp_path / "repo"
        outside.write_text("keep me")
        self.forged(
            folder, "src/main.py", "../outside.json", str(outside), "evidence/../src/main.py",
            "evidence/../../outside.json", "report.json/x", ".git/config",
        )  # fmt: skip
        for name in ("src/main.py", ".git/config"):
            (folder / name).parent.mkdir()
            (folder / name).write_text("keep me")
        write(folder, FILES)
        assert outside.read_text() == "keep me"
        assert (folder / "src/main.py").read_text() == "keep me"
        assert (folder / ".git/config").read_text() == "keep me"

    def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(
        self, tmp_path: Path
    ) -> None:
        victim, folder = tmp_path / "bashrc", tmp_path / "repo"
        victim.write_text("keep me")
        self.forged(folder, "report.json")
        os.symlink(victim, folder / "report.json")
        (folder / "evidence").mkdir()
        os.symlink(victim, folder / "evidence" / "a.one.json")
        write(folder, with_report(FILES, b"{}"))
        assert victim.read_text() == "keep me"
        assert load(folder) == with_report(FILES, b"{}")

    def test_a_link_in_the_place_of_a_folder_is_refused(self, tmp_path: Path) -> None:
        elsewhere, folder = tmp_path / "elsewhere", tmp_path / "repo"
        elsewhere.mkdir()
        self.forged(folder)
        os.symlink(elsewhere, folder / "evidence")
        with pytest.raises(BadBundle, match="leads out of"):
            write(folder, FILES)
        assert list(elsewhere.iterdir()) == []

    def test_a_link_to_a_folder_may_be_given(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        os.symlink(tmp_path / "real", tmp_path / "link")
        write(tmp_path / "link", FILES)
        assert load(tmp_path / "real") == FILES

    def test_where_nothing_can_be_written_it_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(BadBundle, match="cannot be written"):
            write(tmp_path / "file", FILES)
        with pytest.raises(BadBundle, match="cannot be written"):
            write(tmp_path / "file" / "below", FILES)

    def test_an_earlier_bundle_is_kept_where_the_new_one_cannot_be_written_as_a_whole(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path, FILES)
        too_long = f"evidence/{'x' * 300}.json"
        with pytest.raises(BadBundle, match="cannot be written"):
            write(tmp_path, {**FILES, too_long: b"{}"})
        assert load(tmp_path) == FILES

    def test_a_folder_of_something_else_is_refused_before_the_work(self, tmp_path: Path) -> None:
        check(tmp_path)
        check(tmp_path / "new")
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(BadBundle, match="choose another folder"):
            check(tmp_path)
        with pytest.raises(BadBundle, match="cannot be written"):
            check(tmp_path / "thesis.txt")

    def test_the_manifest_is_written_last(self, tmp_path: Path) -> None:
        (tmp_path / "evidence").mkdir()
        self.forged(tmp_path)
        (tmp_path / "evidence" / "b.two.json").mkdir()  # cannot be replaced by a file
        with pytest.raises(BadBundle, match="cannot be written"):
            write(tmp_path, FILES)
        assert not (tmp_path / "manifest.json").exists(), "half a bundle is none"


class TestLoading:
    def test_what_is_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BadBundle, match="give the folder that --bundle wrote"):
            load(tmp_path / "nowhere")

    def test_links_and_pipes_are_left_out(self, tmp_path: Path) -> None:
        folder = tmp_path / "bundle"
        write(folder, FILES)
        (tmp_path / "secret").write_text("secret")
        os.symlink(tmp_path / "secret", folder / "evidence" / "secret.json")
        os.symlink(tmp_path, folder / "all")
        os.mkfifo(folder / "pipe")
        assert load(folder) == FILES

    def test_an_empty_folder_is_no_bundle(self, tmp_path: Path) -> None:
        with pytest.raises(BadBundle, match="not an evidence bundle"):
            opened(load(tmp_path))
