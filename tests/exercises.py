"""Which tests check which exercise, in the order in which they should begin to pass."""

FILES = S1, S2, S3, S4, S5, S6, POLICY, HASHED_IDS, CSRF, FORMS, NEXT, THROTTLE, HEADERS, HTTPS, S8, CONTRACT = (
    "test_step1_install",
    "test_step2_middleware",
    "test_step3_authenticate",
    "test_step4_destroy",
    "test_step5_stores",
    "test_step6_access",
    "test_step7_policy",
    "test_step7_hashed_ids",
    "test_step7_csrf",
    "test_step7_forms",
    "test_step7_next",
    "test_step7_throttle",
    "test_step7_headers",
    "test_step7_https",
    "test_step8_production",
    "test_store_contract",
)
CHECKS = {
    "step1_install.cookies": f"""{S1}
        test_cookie_headers_are_read_as_express_reads_them test_no_cookie_header_is_an_error
        test_a_long_header_is_read_in_one_pass test_no_cookie_of_many_is_lost
        test_each_request_has_a_dict_of_its_own test_what_is_written_is_read_again""",
    "step1_install.set_cookie": f"""{S1}
        test_a_cookie_has_no_attribute_that_was_not_asked_for test_all_attributes_stand_in_expresss_order
        test_same_site_has_these_spellings test_no_attribute_brings_another test_no_name_brings_an_attribute
        test_an_attribute_is_written_as_it_was_given
        test_a_time_of_0_was_asked_for test_same_site_false_was_not_asked_for test_an_empty_text_was_not_asked_for
        test_a_value_is_escaped_as_javascript_does
        test_an_attribute_that_a_browser_would_misread_is_a_value_error test_what_is_written_is_read_again""",
    "step1_install.signature": f"""{S1}
        test_signatures_are_those_of_express test_what_was_signed_is_believed test_one_changed_character_is_noticed
        test_nothing_may_stand_around_a_signature test_the_signature_of_another_value_is_noticed
        test_no_text_is_an_error_for_unsign test_without_a_dot_there_is_no_signature
        test_the_first_secret_signs_and_all_are_believed test_the_order_of_several_secrets_is_kept
        test_an_empty_secret_is_a_value_error test_a_secret_that_is_no_text_is_a_type_error
        test_signatures_are_compared_in_constant_time""",
    "step2_middleware.store": f"""{S2}
        test_the_memory_store_keeps_rows_by_id test_two_memory_stores_have_nothing_in_common
        test_the_memory_store_can_change_while_it_is_looped_over
        test_the_memory_store_keeps_other_threads_out test_the_memory_store_is_used_by_many_threads""",
    "step2_middleware.session": f"""{S2}
        test_the_row_is_expresss_to_the_byte test_what_is_put_in_comes_out_again
        test_what_is_no_row_is_a_value_error test_a_row_that_is_read_takes_the_place_of_what_was_there
        test_a_change_deep_inside_is_noticed test_an_emptied_session_stays_empty
        test_the_row_of_a_session_without_data_is_just_its_cookie
        test_requests_do_not_share_objects test_half_a_surrogate_pair_is_stored_as_its_escape
        test_what_write_is_given_is_written
        test_what_cannot_be_saved_is_an_error_and_no_cookie test_a_found_session_is_stored_as_by_express
        test_a_new_session_is_stored_and_sent_as_by_express test_the_cookie_is_expresss_to_the_byte
        test_save_tells_the_handler_what_does_not_fit
        test_an_answer_about_a_failed_save_has_no_cookie test_a_save_that_failed_is_told_and_made_up_for
        test_a_cookie_signed_with_an_old_secret_is_good_and_is_signed_anew""",
    "step2_middleware.middleware": f"""{S2}
        test_the_cookie_is_expresss_to_the_byte test_an_unknown_or_forged_id_is_never_adopted
        test_an_id_that_a_cookie_can_hold_is_taken
        test_a_new_session_is_stored_and_sent_as_by_express test_a_found_session_is_stored_as_by_express
        test_the_session_is_saved_on_every_way_out test_the_session_is_saved_before_the_headers_leave
        test_what_start_response_is_given_and_gives_is_handed_on test_the_body_is_handed_on_as_it_is
        test_the_apps_list_of_headers_stays_as_it_is test_requests_at_once_have_each_their_own_session
        test_an_emptied_session_stays_empty test_a_session_that_has_been_emptied_is_found_again
        test_each_session_is_of_the_middlewares_class test_a_store_that_cannot_read_makes_no_new_visitor
        test_other_set_cookie_headers_stay test_what_cannot_be_saved_is_an_error_and_no_cookie
        test_an_answer_about_a_failed_save_has_no_cookie test_a_second_answer_in_place_of_the_first_has_its_cookie
        test_another_object_in_the_sessions_place_is_a_type_error test_who_has_deleted_the_session_has_none
        test_a_session_that_is_set_to_none_is_dropped
        test_a_cookie_signed_with_an_old_secret_is_good_and_is_signed_anew test_name_and_genid_are_the_applications
        test_the_cookie_of_the_id_before_is_not_the_sessions test_the_session_may_give_its_cookie_another_value
        test_ids_are_long_random_and_unique""",
    "step3_authenticate.passwords": f"""{S3}
        test_equal_passwords_have_different_hashes test_passwords_are_hashed_with_argon2id
        test_any_text_can_be_a_password test_a_password_is_taken_to_the_letter
        test_a_spoilt_hash_lets_nobody_in test_nobody_has_a_password
        test_an_unknown_name_costs_the_same_work test_a_hash_made_at_another_cost_is_to_be_renewed
        test_a_hash_may_be_spoilt_by_any_letter""",
    "step3_authenticate.users": f"""{S3}
        test_the_database_is_made_on_first_use test_who_has_not_the_password_is_not_let_in
        test_adding_the_demo_users_again_changes_nothing test_a_wrong_password_renews_no_hash
        test_no_password_is_in_the_database test_a_name_with_quotes_is_a_name_and_no_sql
        test_a_name_is_taken_to_the_letter test_an_empty_password_is_a_password
        test_a_hash_of_lesser_cost_is_renewed_at_login test_a_hash_of_todays_cost_stays_as_it_is
        test_a_renewed_hash_does_not_bring_an_old_password_back test_an_unknown_name_costs_the_same_work
        test_any_thread_can_ask_the_table test_a_file_of_users_that_is_gone_is_an_error
        test_a_database_that_cannot_be_opened_is_an_error_at_the_start""",
    "step3_authenticate.auth": f"""{S3}
        test_login_and_guard_in_the_library test_what_is_no_text_names_nobody
        test_the_last_login_counts test_the_guard_asks_nobody_but_the_session
        test_a_guarded_handler_gets_what_it_was_given test_what_a_guarded_handler_raises_is_its_answer
        test_the_right_password_leads_to_the_dashboard
        test_the_dashboard_sends_strangers_to_the_login test_login_keeps_the_session_id
        test_the_count_goes_on_after_login""",
    "step3_authenticate.server": f"""{S3}
        test_the_right_password_leads_to_the_dashboard test_a_wrong_name_or_password_is_401_and_the_form_again
        test_the_form_begins_without_a_complaint test_the_form_alone_writes_no_session
        test_an_unknown_name_gets_the_same_page_as_a_wrong_password
        test_the_dashboard_sends_strangers_to_the_login test_the_login_page_sends_on_who_is_logged_in
        test_the_user_cannot_be_chosen_by_other_ways test_name_and_password_come_in_the_form_alone
        test_a_second_login_takes_the_place_of_the_first
        test_create_app_takes_a_store_and_users_of_the_callers test_the_login_is_done_as_it_was_given
        test_an_unknown_name_is_asked_about_like_any_other test_a_name_and_a_password_may_have_any_letters
        test_a_login_leads_to_the_dashboard_whatever_the_address_says""",
    "step4_destroy.expiry": f"""{S4}
        test_touch_gives_the_whole_time_back test_a_touch_leaves_the_whole_life_as_it_was
        test_a_new_whole_life_counts_from_the_next_touch_on test_the_cookie_is_noted_as_by_express
        test_the_whole_life_and_the_end_are_noted_each_for_itself test_the_other_settings_stand_around_the_end
        test_the_row_and_the_cookie_say_when_they_end
        test_max_age_is_whole_at_the_start_and_does_not_shrink
        test_a_changed_max_age_reaches_the_browser_and_the_row test_max_age_none_ends_with_the_browser
        test_a_row_of_express_without_an_expiry_does_not_expire test_a_wrong_cookie_setting_raises_where_it_is_made""",
    "step4_destroy.store": f"""{S4}
        test_the_store_hides_what_has_expired test_an_end_that_has_passed_counts_at_once
        test_an_empty_row_is_a_row test_touch_moves_the_end_and_revives_nothing
        test_a_touch_between_the_seconds_is_too_late test_the_newest_end_counts test_a_sweep_takes_none_of_the_living
        test_expired_rows_leave_without_being_read test_one_call_clears_a_few_expired_rows_away
        test_what_is_due_leaves_in_whatever_order_it_came test_a_dead_row_that_was_asked_for_leaves_as_the_others_do
        test_a_row_that_comes_too_late_for_its_second_leaves_as_well test_sessions_that_come_and_go_leave_nothing_behind
        test_the_memory_store_keeps_other_threads_out""",
    "step4_destroy.endings": f"""{S4}
        test_a_destroyed_session_is_empty_and_stays_away test_a_destroyed_session_is_neither_saved_nor_loaded
        test_regenerate_ends_the_old_session_and_begins_another
        test_regenerate_keeps_what_it_is_told_to_and_the_object test_regenerate_after_destroy_begins_anew
        test_regenerate_keeps_nothing_else
        test_regenerate_keeps_what_is_empty_too_and_takes_the_keys_from_anywhere
        test_regenerate_asks_for_several_keys test_regenerate_gives_genid_the_request
        test_an_end_that_the_store_cannot_make_is_an_error test_a_session_that_could_not_be_ended_goes_on
        test_a_row_that_could_not_be_written_is_not_held
        test_reload_takes_the_stores_word test_reload_of_what_was_never_saved_is_an_error
        test_a_change_that_was_saved_and_reloaded_is_still_a_change test_a_found_session_is_treated_as_by_express
        test_a_new_session_is_treated_as_by_express test_whatever_cookie_came_along_is_cleared
        test_the_cookie_has_the_attributes_of_its_settings
        test_a_row_that_has_gone_is_not_promised_by_a_cookie
        test_a_session_in_use_goes_on_and_an_unused_one_ends
        test_the_time_of_silence_begins_when_the_page_is_ready
        test_the_row_says_when_it_ends_counted_from_when_it_is_written
        test_a_changed_max_age_reaches_the_browser_and_the_row
        test_a_setting_changed_after_a_save_reaches_the_row test_the_absolute_timeout_ends_even_a_busy_session
        test_no_row_outlives_the_absolute_timeout test_regenerate_gives_back_the_time_of_silence_that_all_have
        test_the_birth_is_in_the_row_and_regenerate_starts_it_anew
        test_the_name_of_the_birth_is_taken_only_where_it_is_used
        test_the_row_and_the_cookie_say_when_they_end test_a_changed_setting_reaches_the_browser_after_a_reload
        test_max_age_none_ends_with_the_browser test_the_absolute_timeout_is_no_end_of_the_cookie""",
    "step4_destroy.middleware": f"""{S4}
        test_unset_says_what_none_means_for_the_row test_a_stranger_may_want_no_session
        test_a_shortened_absolute_timeout_ends_old_sessions_at_once
        test_the_absolute_timeout_ends_even_a_busy_session
        test_a_found_session_is_treated_as_by_express""",
    "step4_destroy.server": f"""{S3}
        test_the_right_password_leads_to_the_dashboard test_the_count_goes_on_after_login {S4}
        test_logout_ends_the_login test_old_cookie_is_worthless_after_logout test_logout_clears_the_browsers_cookie
        test_logout_of_a_stranger_is_no_error_and_sets_nothing test_a_logout_ends_the_session_of_a_stranger_as_well
        test_logout_is_one_browsers test_logout_only_by_post test_logout_is_on_every_page_behind_the_login
        test_login_changes_the_session_id test_logging_in_again_changes_the_id_again
        test_a_planted_session_is_not_logged_in
        test_of_what_was_planted_only_the_count_comes_along test_the_login_keeps_what_it_is_told_to
        test_remember_me_keeps_the_cookie_for_two_weeks test_not_remembered_is_half_an_hour
        test_a_box_is_ticked_if_there_is_anything_in_its_field test_only_the_form_can_tick_the_box
        test_nobody_is_remembered_where_the_house_has_decided_otherwise""",
    "step5_stores.store": f"""{CONTRACT}
        test_a_write_compares_first test_a_new_row_takes_nobodys_place test_what_is_gone_does_not_come_back
        test_an_expired_row_is_no_row test_a_write_moves_the_end_too test_an_end_that_has_passed_takes_the_row_away
        test_any_text_is_kept_to_the_letter {S5} test_nobody_comes_between_comparing_and_writing
        test_of_two_writes_on_one_piece_of_news_one_wins {CONTRACT}
        test_of_many_who_begin_a_row_one_does test_of_many_who_count_all_are_counted""",
    "step5_stores.promises": f"""{S5}
        test_what_both_have_changed_is_put_together test_who_changed_an_ended_session_is_told
        test_no_late_answer_brings_a_session_back test_saving_what_has_ended_meanwhile_is_an_error_for_the_handler
        test_what_others_write_meanwhile_stays test_a_changed_setting_survives_a_merge
        test_different_keys_both_survive test_an_id_in_use_is_never_shared {S4}
        test_the_time_of_silence_begins_when_the_page_is_ready {S5}
        test_the_row_says_when_it_ends_as_the_store_is_told
        test_a_change_is_made_again_if_somebody_came_between test_a_count_begins_anew_where_others_were_faster
        test_atomically_gives_back_what_the_change_returns
        test_a_change_that_fails_changes_nothing test_atomically_loses_nothing
        test_the_error_of_a_change_is_the_apps_own test_what_could_not_be_saved_is_saved_when_the_store_is_back
        test_atomically_on_an_ended_session_is_an_error test_a_row_that_is_spoilt_meanwhile_has_ended""",
    "step5_stores.failures": f"""{S5}
        test_a_store_that_failed_slowly_is_left_alone_for_a_moment test_a_store_that_failed_at_once_is_asked_again
        test_a_store_that_answers_slowly_is_asked_again test_each_question_has_its_own_time
        test_a_store_that_fails_is_503_and_says_when_to_come_again""",
    "step5_stores.middleware": f"""{S5}
        test_an_answer_in_order_leaves_as_it_is
        test_pages_without_a_session_go_on test_a_store_that_fails_is_503_and_says_when_to_come_again
        test_an_app_does_not_hear_that_saving_failed test_a_failed_destroy_is_no_logout
        test_an_error_of_the_apps_own_stays_its_own
        test_who_changed_an_ended_session_is_told test_a_corrupt_row_is_a_new_visitor_and_one_line
        test_a_stranger_needs_no_store_to_be_a_stranger""",
    "step5_stores.sqlite_store": f"""{CONTRACT}
        test_what_was_set_is_got test_a_new_row_takes_nobodys_place test_a_write_compares_first
        test_what_is_gone_does_not_come_back test_an_expired_row_is_no_row test_a_touch_moves_the_end
        test_any_text_is_kept_to_the_letter {S5} test_another_program_that_writes_first_is_noticed {CONTRACT}
        test_another_process_sees_the_same_rows test_of_many_who_count_all_are_counted {S5}
        test_who_waits_for_other_writers_does_not_wait_for_ever
        test_a_locked_database_is_a_store_error_and_not_an_ended_session test_a_full_disk_is_a_store_error
        test_a_database_that_cannot_be_opened_any_more_is_a_store_error test_an_end_between_two_seconds_counts
        test_what_is_no_text_in_the_table_is_a_row_that_can_be_replaced
        test_expired_rows_leave_the_table_in_small_bites test_threads_come_and_go_without_leaving_connections
        test_a_table_that_was_dropped_is_made_again""",
    "step6_access.roles": f"""{S6}
        test_roles_in_the_library test_a_role_is_that_of_one_name_to_the_letter
        test_of_two_admins_who_demote_each_other_one_stays test_only_an_admin_sees_the_admins_page
        test_a_change_of_rights_counts_at_the_next_request test_a_guarded_page_gets_what_its_address_says
        test_a_guard_lets_in_its_own_role_and_no_other
        test_a_role_that_cannot_be_given_is_400
        test_the_last_admin_stays test_admins_actions_are_for_admins""",
    "step6_access.logins": f"""{S6}
        test_a_login_is_its_users_session test_a_login_of_an_earlier_password_is_not_listed
        test_a_session_that_keeps_no_proof_is_not_listed
        test_one_login_is_ended_by_its_owner_alone test_all_logins_of_a_user_are_ended_but_one
        test_each_login_is_listed test_the_login_seen_last_is_in_front
        test_a_login_can_be_ended_from_another_device
        test_anothers_handle_is_404 test_all_others_can_be_ended test_no_session_id_is_on_the_page
        test_logins_that_have_expired_are_not_listed""",
    "step6_access.preferences": f"""{S6}
        test_of_the_wishes_those_that_can_be_fulfilled_are_taken test_preferences_are_for_strangers_too
        test_preferences_follow_through_the_login_and_to_other_devices
        test_only_what_can_be_chosen_is_taken""",
    "step6_access.orders": f"""{S6}
        test_what_is_not_on_the_menu_is_not_poured test_the_order_survives_the_login_and_not_the_logout
        test_a_click_counts_on_what_another_has_written test_two_clicks_at_once_are_two_cups
        test_nobody_orders_without_end test_a_notice_is_shown_once test_notices_wait_for_each_other
        test_the_last_five_notices_wait test_of_a_notice_the_first_200_letters_are_kept
        test_a_notice_after_the_end_is_dropped
        test_no_session_grows_by_forms_that_nobody_looks_after
        test_a_page_without_notices_leaves_the_session_as_it_is""",
    "step6_access.rooms": f"""{S6}
        test_a_login_is_remembered_with_its_proof_and_its_time
        test_a_page_behind_the_password_gets_what_its_address_says
        test_preferences_are_for_strangers_too test_preferences_follow_through_the_login_and_to_other_devices
        test_who_has_not_chosen_before_the_login_changes_nothing test_a_change_of_rights_counts_at_the_next_request
        test_a_role_in_the_session_counts_for_nothing
        test_each_login_is_listed test_a_browser_that_does_not_say_what_it_is_may_come_in
        test_a_login_can_be_ended_from_another_device test_who_ends_a_login_is_told_so
        test_ending_ones_own_login_is_a_logout test_anothers_handle_is_404
        test_what_is_told_of_an_ended_login_has_happened
        test_an_ended_login_leaves_nothing_to_its_cookie test_who_brings_an_ended_login_is_a_stranger_at_once
        test_what_an_earlier_password_has_opened_is_closed
        test_a_session_without_its_proof_is_no_login
        test_an_admin_is_asked_again_after_a_while test_a_password_given_once_more_is_believed_for_a_while
        test_a_password_given_once_more_leaves_the_cookie_its_life test_a_new_password_ends_all_other_logins
        test_the_menu_is_there_without_the_store test_a_session_from_an_earlier_step_is_no_login""",
    "step7_harden.policy": f"""{POLICY}
        test_each_setting_reaches_cookie_and_row test_all_settings_at_once test_auto_follows_the_request
        test_what_browsers_would_ignore_is_refused_at_the_start
        test_same_site_none_is_refused_however_it_is_written test_what_browsers_keep_is_not_refused
        test_a_function_chooses_by_request
        test_the_path_is_a_gate test_the_path_counts_from_the_root_of_the_host
        test_a_function_chooses_the_path_by_request test_auto_settings_are_known_values""",
    "step7_harden.middleware": f"""{POLICY}
        test_each_setting_reaches_cookie_and_row test_a_secure_cookie_does_not_travel_on_an_open_line
        test_a_secure_cookie_travels_where_the_proxy_is_believed
        test_a_row_that_is_there_is_kept_up_on_an_open_line
        test_the_clearing_cookie_repeats_the_settings test_no_cache_keeps_the_cookie_for_others
        test_who_gets_no_cookie_gets_no_word_of_it test_a_cookie_can_be_offered_before_there_is_a_row
        test_a_changed_setting_is_sent_again test_a_host_cookie_stays_one
        test_a_host_cookie_that_is_current_is_left_alone test_what_was_offered_and_has_ended_is_not_sent {S5}
        test_pages_without_a_session_go_on""",
    "step7_harden.hashed_ids": f"""{HASHED_IDS}
        test_hashes_are_sha_256 test_the_store_never_sees_an_id test_a_store_of_hashes_is_a_store
        test_no_two_ids_have_one_hash test_what_iterating_gives_the_store_takes""",
    "step7_harden.csrf": f"""{CSRF}
        test_every_form_has_the_token test_a_form_in_another_tab_still_counts
        test_without_the_token_nothing_happens test_the_token_of_another_session_is_worth_nothing
        test_no_other_text_is_right test_a_session_that_becomes_another_has_another_token
        test_the_token_is_of_the_id_that_the_cookie_will_name
        test_a_token_from_before_the_login_is_dead_after_it test_no_two_answers_show_the_same_token
        test_the_browser_is_asked_where_a_form_comes_from
        test_what_the_browser_says_takes_no_tokens_place
        test_a_form_from_before_is_told_so_and_led_on test_other_sites_are_told_nothing
        test_who_asks_for_a_form_leaves_no_row test_a_form_without_a_row_counts_with_its_cookie_alone
        test_a_form_is_no_strangers_while_the_store_fails
        test_a_form_that_cannot_be_checked_is_the_stores_fault
        test_tokens_cannot_be_guessed test_a_login_cannot_be_forged""",
    "step7_harden.forms": f"""{FORMS}
        test_only_forms_are_read test_a_form_in_parts_is_read_too test_an_empty_form_is_refused_like_any_other
        {NEXT} test_only_own_pages_are_gone_to test_the_login_leads_on""",
    "step7_harden.throttle": f"""{THROTTLE}
        test_an_attempt_within_the_limit_need_not_wait test_guessing_has_a_limit
        test_the_owner_is_not_locked_out test_who_must_wait_has_no_password_looked_at
        test_the_right_password_forgets_the_wrong_ones test_the_right_password_forgets_no_other_guesses
        test_one_address_cannot_try_all_names test_the_wait_ends_when_the_first_guess_no_longer_counts
        test_the_wait_is_told_in_whole_seconds test_nobody_guesses_between_the_counting_and_the_noting
        test_guesses_at_once_count_one_by_one test_another_port_is_no_other_guest
        test_names_that_were_tried_are_kept_as_hashes {FORMS} test_a_huge_password_is_wrong_and_costs_nothing""",
    "step7_harden.headers": f"""{HEADERS}
        test_every_answer_has_its_headers test_an_answer_over_http_has_no_word_of_https
        test_every_answer_has_its_policy
        test_a_page_without_a_style_sheet_allows_none test_the_policy_allows_no_style_but_that_of_the_page
        test_a_header_that_the_app_has_set_stays test_what_an_app_says_of_a_failure_is_passed_on
        test_the_old_way_to_write_an_answer_stays_open""",
    "step8_production.settings": f"""{S8}
        test_settings_have_defaults_and_are_read test_an_empty_setting_is_one_that_is_not_set
        test_what_is_not_safe_does_not_start test_a_secret_is_long_and_random
        test_a_secret_made_as_advised_starts
        test_a_secret_from_a_book_is_refused_however_it_is_spelt test_what_is_harmless_alone_starts
        test_demo_users_are_refused test_a_store_that_does_not_answer_is_refused
        test_a_store_that_can_only_be_read_is_refused
        test_no_message_shows_a_password_in_a_url_that_is_wrong""",
    "step8_production.health": f"""{S8}
        test_health_says_whether_the_store_answers test_health_asks_the_store_each_time
        test_health_begins_no_session test_health_is_one_page_only test_health_is_the_same_page_with_a_query""",
    "step8_production.events": f"""{S8}
        test_logins_and_logouts_are_noted test_failures_and_refusals_are_noted test_too_many_tries_are_noted
        test_a_change_of_role_is_noted test_a_password_given_once_more_is_noted_right_or_wrong
        test_a_name_of_other_letters_is_noted
        test_what_a_page_has_told_comes_first test_two_requests_at_once_are_told_apart
        test_a_refused_stranger_is_noted_without_a_name test_the_app_answers_where_there_is_no_session
        test_the_answer_is_passed_on_as_it_is test_no_key_is_in_the_log
        test_a_name_cannot_begin_a_line test_pages_are_no_events
        test_a_second_tab_is_no_event test_a_line_tells_what_has_happened""",
}
STORES = {"step5_stores.store": ["memory"], "step5_stores.sqlite_store": ["sqlite"]}  # of the contract


def checks(exercise: str) -> list[tuple[str, str]]:
    """The tests of an exercise in order, each with its file."""
    file, found = "", []
    for name in CHECKS[exercise].split():
        if name in FILES:
            file = name
        else:
            found.append((file, name))
    return found
