"""Every trap that other tools fall into has a test here that holds it shut."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

FORMATS = {
    "k6: `true` at a threshold of the legacy export means breached": (
        "probes/reports/test_format_traps.py::test_false_green_true_at_a_threshold_of_k6_means_two_things",
        "formats/test_k6_summary.py::test_false_green_true_means_failed_in_the_legacy_export",
    ),
    "k6: the legacy export has no target, no time and no 99th percentile": (
        "probes/reports/test_format_traps.py::test_false_green_the_legacy_export_has_neither_target_nor_99th_percentile",
        "probes/reports/test_format_traps.py::test_false_green_what_carries_no_time_is_never_reported_and_has_no_time",
        "probes/reports/test_load.py::test_false_green_k6_without_p99_has_no_p99",
    ),
    "Chaos Toolkit: completed is not success, deviated is false without a hypothesis": (
        "probes/reports/test_chaos.py::test_false_green_completed_is_not_success",
        "formats/test_chaos_toolkit.py::test_false_green_completed_is_not_success",
    ),
    "Litmus: a result needs its verdict and its probes": (
        "probes/reports/test_chaos.py::test_a_litmus_result_counts_and_its_template_does_not",
        "formats/test_litmus_chaos_mesh.py::test_false_green_a_result_needs_all_of_it",
    ),
    "Chaos Mesh has no verdict": (
        "probes/reports/test_chaos.py::test_false_green_chaos_mesh_carries_no_verdict",
    ),
    "Bandit: the totals show what -lll left out": (
        "probes/reports/test_format_traps.py::test_false_green_findings_that_a_filter_left_out_of_bandits_list_count",
        "formats/test_bandit_json.py::test_findings_that_a_filter_removed_are_exposed",
    ),
    "Bandit: a file with an error was not scanned": (
        "probes/reports/test_format_traps.py::test_false_green_a_file_that_bandit_could_not_scan_is_missing_and_not_clean",
        "probes/reports/test_bandit.py::test_a_file_that_does_not_parse_is_a_missing_file_not_a_clean_one",
    ),
    "ZAP: a scan of a login wall": (
        "probes/reports/test_dast.py::test_false_green_a_scan_of_a_login_wall_shows_few_successes",
    ),
    "ZAP: `created` is ISO, `generated` a wall clock": (
        "formats/test_zap_report.py::test_times_are_read_and_the_zone_of_one_may_differ",
    ),
    "gitleaks, pip-audit, Locust and k6 carry no time and no commit": (
        "probes/reports/test_format_traps.py::test_false_green_what_carries_no_time_is_never_reported_and_has_no_time",
        "probes/reports/test_pip_audit.py::test_a_committed_report_is_at_most_effective",
        "probes/reports/test_secrets.py::test_false_green_an_empty_report_proves_nothing",
    ),
    "coverage.json has a naive local time": (
        "probes/reports/test_coverage.py::test_a_json_report_of_another_machine_has_no_usable_time",
    ),
    "Trivy carries commit and digest": (
        "probes/reports/test_vulnerabilities.py::test_present_reports_are_counted_and_bound_to_the_commit",
        "probes/reports/test_image_scan.py::test_a_digest_that_a_manifest_deploys_binds_the_report",
    ),
    "pip-audit: a skipped package was not audited": (
        "probes/reports/test_pip_audit.py::test_false_green_no_known_vulnerabilities_where_all_were_skipped",
    ),
    "prometheus_client gives families for free": (
        "probes/monitoring/test_exposition.py::test_false_green_the_free_families_alone_are_none_of_the_services",
    ),
    "SARIF: a missing `kind` means fail": (
        "probes/reports/test_format_traps.py::test_false_green_a_result_of_sarif_without_a_kind_is_a_failure",
    ),
    "wrk and other closed loops understate the tail": (
        "probes/reports/test_load.py::test_false_green_a_closed_loop_is_told_to_understate_the_tail",
        "formats/test_wrk_hey.py::test_false_green_the_average_is_never_taken_as_a_percentile",
    ),
}
CLAIMS = {
    "badges, ticked boxes, *_COMPLETE.md, 10/10, diaries": (
        "integration/test_audit_command.py::test_the_hollow_repository_proves_nothing_and_each_item_says_what_was_looked_for",
        "probes/repo/test_documents.py::test_false_green_diaries_checklists_and_templates_are_no_documents",
    ),
    "null results beside targets": (
        "formats/test_invented.py::test_nulls_where_results_should_stand_are_named",
        "probes/reports/test_baseline.py::test_what_a_run_leaves_out_is_named",
    ),
    "samples minutes apart that were written microseconds apart": (
        "formats/test_invented.py::test_samples_five_minutes_apart_that_lie_microseconds_apart_were_written",
        "probes/reports/test_baseline.py::test_false_green_invented_runs_are_refused",
    ),
    "six phases in a millisecond": (
        "formats/test_chaos_toolkit.py::test_six_phases_within_a_millisecond_are_doubted",
        "probes/reports/test_chaos.py::test_false_green_an_invented_journal_is_refused",
    ),
    "a baseline identical to the candidate": (
        "probes/reports/test_baseline.py::test_false_green_a_run_is_not_compared_with_itself",
        "formats/test_invented.py::test_runs_alike_in_every_figure_are_one_run_copied",
    ),
    "keys that the named producer does not write": (
        "formats/test_k6_summary.py::test_what_k6_does_not_write_is_refused",
        "probes/reports/test_coverage.py::test_a_summary_of_istanbul_with_foreign_keys_is_refused",
        "formats/test_gitleaks_json.py::test_what_gitleaks_does_not_write_is_malformed",
        "formats/test_damage.py::test_a_key_that_stands_twice_is_refused_wherever_it_stands",
    ),
    "every measured value 0.0": (
        "probes/reports/test_load.py::test_false_green_invented_figures_are_refused",
        "formats/test_invented.py::test_values_that_never_vary_were_not_measured",
    ),
    "a report that exists and says fail": (
        "probes/reports/test_tests.py::test_present_a_fresh_report_is_counted_by_its_cases",
        "probes/reports/test_chaos.py::test_false_green_an_old_pass_does_not_hide_a_newer_failure",
        "probes/reports/test_format_traps.py::test_false_green_true_at_a_threshold_of_k6_means_two_things",
    ),
    "documents of headings, placeholders and dead links": (
        "probes/repo/test_documents.py::test_false_green_a_stub_has_no_words_and_misses_everything",
        "probes/repo/test_documents.py::test_links_to_files_anchors_and_named_paths_must_exist",
        "probes/repo/test_documents.py::test_false_green_a_word_in_passing_is_no_section",
    ),
}
FALSE_GREENS = {
    "1. Lost evidence leaves the denominator": (
        "evaluate/test_assess.py::test_lost_evidence_stays_in_the_denominator",
        "evaluate/test_losing_evidence.py::test_losing_the_evidence_of_any_probe_raises_no_score_and_closes_no_item",
        "integration/test_lost_evidence.py::test_no_file_of_evidence_can_be_removed_altered_or_emptied_to_any_good",
    ),
    "2. A crashed check counts as no findings": (
        "evaluate/test_false_greens.py::test_a_probe_that_gives_no_number_meets_no_maximum",
        "evaluate/test_facts.py::test_false_green_what_a_probe_saw_before_it_broke_does_not_count",
        "integration/test_bad_probes.py::test_a_probe_that_misbehaves_costs_only_its_own_items",
    ),
    "3. An uncollected prerequisite counts as passed": (
        "evaluate/test_false_greens.py::test_what_was_kept_from_looking_found_nothing_out",
        "collect/test_runner.py::test_an_unmet_need_skips_the_probe_and_says_what_to_do",
        "evaluate/test_decide.py::test_what_cannot_be_decided_applies_and_cannot_pass",
    ),
    "4. No measured lines are 100 %": (
        "probes/reports/test_coverage.py::test_false_green_no_measured_line_is_not_full_coverage",
    ),
    "5. Empty objectives, a zero maximum, no history are a pass": (
        "evaluate/test_tree.py::test_false_green_an_empty_requirement_passes_nothing",
        "evaluate/test_assess.py::test_false_green_an_audit_in_which_nothing_applies_is_not_ready",
        "evaluate/test_false_greens.py::test_a_probe_that_nobody_installed_meets_no_maximum",
        "integration/test_gate_baseline.py::test_a_baseline_without_items_decides_nothing",
        "probes/reports/test_baseline.py::test_a_number_of_runs_shows_no_spread",
    ),
    "6. An audit in error satisfies a maximum; no report at all exits 0": (
        "evaluate/test_false_greens.py::test_a_probe_that_gives_no_number_meets_no_maximum",
        "evaluate/test_assess.py::test_what_cannot_be_decided_is_unknown",
        "integration/test_audit_command.py::test_fail_on_turns_an_open_blocker_into_exit_1",
    ),
    "7. The best of several": (
        "evaluate/test_false_greens.py::test_the_better_of_two_reports_does_not_speak_for_both",
        "evaluate/test_tree.py::test_at_equal_level_one_bad_report_fails",
        "probes/reports/test_load.py::test_the_newest_dated_run_decides_never_the_best",
        "probes/reports/test_coverage.py::test_false_green_of_several_reports_none_hides_the_worse",
    ),
    "8. A waiver is matched loosely, or for ever": (
        "evaluate/test_decide.py::test_it_is_bound_to_the_exact_id",
        "evaluate/test_decide.py::test_past_its_expiry_it_does_not_hold",
        "integration/test_gate_baseline.py::test_a_waiver_that_runs_out_overnight_fails_the_gate_of_the_same_commit",
    ),
    "9. Small changes are exempt; 10. deleting a test is no new code": (
        "integration/test_gate_scenarios.py::test_the_gate_says_what_the_scenario_wants",
    ),
    "11. A bad suppression file is only logged": (
        "test_settings.py::test_a_mistake_stops_the_audit_and_names_its_place",
        "test_settings.py::test_false_green_one_bad_entry_among_good_ones_is_not_passed_over",
    ),
    "12. Severity zero is not applicable": (
        "evaluate/test_false_greens.py::test_the_least_severe_item_that_fails_has_failed_and_still_applies",
        "checklist/test_mistakes.py::test_a_mistake_is_told_at_its_place",
    ),
    "13. Permission denied is a pass": (
        "evaluate/test_false_greens.py::test_what_was_kept_from_looking_found_nothing_out",
        "probes/monitoring/test_exposition.py::test_a_denied_endpoint_is_a_problem_and_no_count_of_nothing",
        "probes/reports/test_bandit.py::test_a_file_that_may_not_be_read_is_a_missing_file",
    ),
    "14. A stale artefact is today's evidence": (
        "evaluate/test_decide.py::test_stale_evidence_leaves_the_item_open_and_marked",
        "evaluate/test_tree.py::test_false_green_evidence_without_a_usable_time_is_as_good_as_old",
        "probing/test_guards.py::test_one_made_before_the_commit_is_not",
        "probes/reports/test_coverage.py::test_false_green_a_report_older_than_the_commit_is_at_most_effective",
    ),
}
TRAPS = FORMATS | CLAIMS | FALSE_GREENS
SCENARIOS = ("a new blocker", "one more finding in an open item", "deleted tests")


@cache
def names_in(path: Path) -> frozenset[str]:
    """The tests of a file that assert something, those of its classes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        if any(isinstance(one, ast.Assert | ast.With) for one in ast.walk(node))
    )


@pytest.mark.parametrize("trap", TRAPS)
def test_the_tests_that_hold_a_trap_shut_are_there(trap: str) -> None:
    for entry in TRAPS[trap]:
        file, _, name = entry.partition("::")
        assert name in names_in(TESTS / file), entry


def test_there_are_fourteen_false_greens_and_the_gate_has_the_scenarios_of_two() -> None:
    numbers = {
        int(word[:-1])
        for trap in FALSE_GREENS
        for word in trap.split()
        if word[-1] == "." and word[:-1].isdigit()
    }
    assert numbers == set(range(1, 15))
    scenarios = (TESTS / "integration/test_gate_scenarios.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in scenarios for name in SCENARIOS)
