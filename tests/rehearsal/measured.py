"""Functions of the corpus that lead the command where no other test does.

They are measured with all other tests; to measure the whole corpus takes as long as all else. If a
change leaves something that is not covered, a function that covers it comes here.
"""

from __future__ import annotations

MEASURED = {
    "answers_with_a_failure",
    "c_objects",
    "cache_age_monotonic",
    "caches",
    "connection_in_aiohttp_session",
    "connection_unix",
    "expiring_in_many_places",
    "fetched_and_kept",
    "fetched_by_powertools",
    "fetched_by_way_of_threads_and_files",
    "fetched_in_modules",
    "fetched_not_kept",
    "init_duration",
    "late_registration_of_plugin",
    "plugin_in_another_group",
    "random_constant_seed",
    "registered_twice",
    "standard_objects",
    "time_ages_by_helpers",
    "time_calendar",
    "time_date",
    "time_durations",
    "time_ends_given_out",
    "time_in_texts",
    "time_in_token",
    "time_init_in_logs",
    "time_init_measured",
    "time_numbers",
    "time_of_calendar",
    "time_shown_by_libraries",
    "time_windows_used_otherwise",
    "value_behind_libraries",
    "value_beside_answer_of_aws",
    "value_in_c_objects",
    "value_in_id_generator",
    "value_in_iterators",
    "value_in_standard_objects",
    "value_in_ttl_cache",
    "value_of_numpy",
    "values_kept_by_another_name",
}
