"""Functions of the corpus that lead the command where no other test does.

They are measured with all other tests; to measure the whole corpus takes as long as all else. If a
change leaves something that is not covered, a function that covers it comes here.
"""

from __future__ import annotations

MEASURED = {
    "answers_with_a_failure",
    "cache_age_monotonic",
    "connection_in_aiohttp_session",
    "connection_in_library",
    "connection_unix",
    "connection_unnamed",
    "constants",
    "expiring_compared_with_clock",
    "expiring_in_many_places",
    "expiring_keys_copied",
    "fetched_and_kept",
    "fetched_by_powertools",
    "fetched_in_modules",
    "fetched_not_kept",
    "init_duration",
    "late_registration_of_plugin",
    "plugin_in_another_group",
    "random_constant_seed",
    "random_hidden",
    "registered_twice",
    "standard_objects",
    "time_ages_by_helpers",
    "time_calendar",
    "time_date",
    "time_durations",
    "time_in_texts",
    "time_init_measured",
    "time_numbers",
    "time_of_calendar",
    "value_behind_libraries",
    "value_beside_answer_of_aws",
    "value_in_iterators",
    "value_in_large_containers",
    "value_in_model_default",
    "value_in_standard_objects",
    "value_in_ttl_cache",
    "value_of_numpy",
    "value_where_the_language_looks",
    "values_kept_by_another_name",
}
