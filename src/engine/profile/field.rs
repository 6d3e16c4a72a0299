//! The fields of a [`Profile`] as values: their names, whether two profiles differ in one, and a
//! profile with one of them taken from another. Who explains a difference between engines asks here.

use std::fmt::Debug;

use super::Profile;
use crate::engine::content_coding::ContentCodingRules;
use crate::engine::content_security_policy::CspRules;
use crate::engine::http_cache::HttpCacheRules;
use crate::engine::local_network::LocalNetworkRules;

/// One field of a [`Profile`], or of the rules inside one: `http_cache.refused_kept`.
#[derive(Clone, Copy, Debug)]
pub struct ProfileField {
    /// Its path, as in `assets/deviations.toml`.
    pub name: &'static str,
    value: fn(&Profile) -> Option<String>,
    take: fn(&mut Profile, &Profile),
}

impl ProfileField {
    /// Its value as Rust writes it (`true`, `StatusThenCors`, `Some(1024)`); text without quotes. `None`
    /// where the profile has no such rule.
    pub fn value(&self, profile: &Profile) -> Option<String> {
        (self.value)(profile)
    }

    /// Whether two profiles differ in it.
    pub fn differs(&self, one: &Profile, other: &Profile) -> bool {
        match (self.value(one), self.value(other)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        }
    }

    /// `profile` with this field as in `other`.
    pub fn taken_from(&self, mut profile: Profile, other: &Profile) -> Profile {
        (self.take)(&mut profile, other);
        profile
    }
}

fn written(value: &impl Debug) -> String {
    format!("{value:?}").replace(['"', '\\'], "")
}

/// Declares the list. The patterns name every field, so that one without an entry does not compile.
macro_rules! fields {
    (own: [$($own:ident),* $(,)?], content_coding: [$($coding:ident),* $(,)?], csp: [$($csp:ident),* $(,)?], http_cache: [$($cache:ident),* $(,)?], local_network: [$($network:ident),* $(,)?]) => {
        /// Every field but the engine's name, in the order of the struct.
        pub const FIELDS: &[ProfileField] = &[
            $(ProfileField {
                name: stringify!($own),
                value: |profile| Some(written(&profile.$own)),
                take: |profile, other| profile.$own = other.$own,
            },)*
            $(ProfileField {
                name: concat!("content_coding.", stringify!($coding)),
                value: |profile| Some(written(&profile.content_coding.$coding)),
                take: |profile, other| profile.content_coding.$coding = other.content_coding.$coding,
            },)*
            $(ProfileField {
                name: concat!("csp.", stringify!($csp)),
                value: |profile| Some(written(&profile.csp.$csp)),
                take: |profile, other| profile.csp.$csp = other.csp.$csp,
            },)*
            $(ProfileField {
                name: concat!("http_cache.", stringify!($cache)),
                value: |profile| Some(written(&profile.http_cache.$cache)),
                take: |profile, other| profile.http_cache.$cache = other.http_cache.$cache,
            },)*
            ProfileField {
                name: "local_network",
                value: |profile| Some(profile.local_network.is_some().to_string()),
                take: |profile, other| profile.local_network = other.local_network,
            },
            $(ProfileField {
                name: concat!("local_network.", stringify!($network)),
                value: |profile| profile.local_network.map(|rules| written(&rules.$network)),
                take: |profile, other| {
                    if let (Some(rules), Some(other)) = (&mut profile.local_network, other.local_network) {
                        rules.$network = other.$network;
                    }
                },
            },)*
        ];

        const _: fn(Profile) = |profile| {
            let Profile { engine: _, content_coding, csp, http_cache, local_network, $($own: _,)* } = profile;
            let ContentCodingRules { $($coding: _,)* } = content_coding;
            let CspRules { $($csp: _,)* } = csp;
            let HttpCacheRules { $($cache: _,)* } = http_cache;
            if let Some(LocalNetworkRules { $($network: _,)* }) = local_network {}
        };
    };
}

fields! {
    own: [
        preflight_order,
        wildcard_covers_authorization,
        cached_wildcard,
        cache_credentials,
        cached_wildcard_covers_authorization,
        credentialed_wildcard_stays_literal,
        client_hints_safelisted,
        user_agent_header,
        safelist_sum_limit,
        repeated_header,
        non_ascii_is_unsafe,
        first_content_type_counts,
        type_syntax,
        content_type_is_one,
        range_unit_ignores_case,
        range_plus_passes,
        stream_body,
        stream_challenge,
        urlencoded_type_without_body,
        empty_blob_is_no_body,
        preflight_key_has_login,
        range_limit,
        xhr_blob_type,
        no_cors_blob_type_checked,
        refused_preflight_cached,
        beacons_are_limited,
        upload_listener,
        max_age_cap,
        max_age_syntax,
        cache_update,
        cache_url_limit,
        cached_methods,
        tainted_preflight,
        no_store_preflight_kept,
        cache_for_opaque_origin,
        reload_skips_preflight_cache,
        no_cache_skips_preflight_cache,
        insufficient_cache_entry_dropped,
        failure_drops_cache_entry,
        redirect_error_needs_location,
        opaque_redirect_shows_body,
        empty_location,
        location_controls_escaped,
        repeated_location,
        tainted_preflight_origin,
        own_origin_preflight_unchecked,
        preflight_sticks_to_redirects,
        asked_headers,
        preflight_keeps_first_referrer,
        origin_survives_method_change,
        dropped_headers,
        cross_origin_redirect_drops_loader_headers,
        redirect_drops_client_hints,
        cross_origin_delete_becomes_get,
        credentials_stick_to_redirects,
        same_origin_mode_is_first,
        later_ports_open,
        unspecified_address,
        loopback_is_mixed_content,
        loopback_is_upgraded,
        loopback_sockets_are_upgraded,
        hsts,
        embedder_policy_credentialless,
        credentialless_revalidates,
        clearing_needs_credentials,
        unknown_corp_is_none,
        ip_literals_are_upgraded,
        redirected_media_follows_first,
        empty_lines_vanish,
        empty_lines_are_one,
        wildcard_ends_expose_list,
        about_blank_no_cors,
        about_blank_loads,
        opaque_page_has_referrer,
        opaque_page_element_has_referrer,
        opaque_page_referrer_is_origin,
        redirect_user_info_always_refused,
        known_login_sent_at_once,
        login_in_url,
        challenge_syntax,
        challenge_ignores_script,
        challenges_joined_by_line_feed,
        differing_singletons,
        content_types_joined_by_bare_comma,
        proxy_challenge_fails,
        subresource_user_info_refused,
        no_cors_origin_ignores_referrer_policy,
        no_cors_redirect_hides_origin,
        origin_policy_judged_once,
        referrer_downgrade,
        cross_site_referrer,
        conditional_request_cache,
        conditional_xhr_has_cache_lines,
        range_is_rewritten,
        singleton_headers,
        cache_lines_on_preflight,
        fetch_storage_access,
        ipv6_addresses_have_sites,
        redirected_hosts_have_sites,
        fetch_mode_on_every_preflight,
        fonts_use_cors,
        same_origin_font_has_origin,
        same_origin_elements_with_origin,
        event_stream_charset_checked,
        document_keeps,
        failed_modules_kept,
        images_kept,
        nameless_cookies_kept,
        control_in_cookie,
        foreign_style_type_loads,
        element_error_from_400,
        hash_encoding,
        untyped_style_loads,
        svg_type_is_final,
        drawing_needs_ok_status,
        orb,
        orb_spares_own_origin,
        opaque_body_error_told,
        integrity_told,
        integrity_syntax,
        unusable_integrity,
        blank_integrity,
        opaque_redirect_has_integrity,
        beacon_revalidates,
        opaque_page_beacon_has_origin,
        accept_document,
        accept_image,
        accept_font,
        accept_audio,
        accept_video,
        media_use_range,
        media_answers,
        tries_without_answer,
        odd_status_line,
        blank_before_colon,
        bare_carriage_return,
        third_party_cookies,
        same_site_needs_scheme,
        same_site_sees_redirects,
        same_site_lax_by_default,
        same_site_none_needs_secure,
        boundary_prefix,
        user_agent,
        accept_language,
        accept_encoding,
        data_url_content_length,
        xhr_of_data_url_has_type_only,
        cors_url_keeps_user_info,
        reset_content_has_body,
        client_hints,
        request_order,
        preflight_order_on_wire,
        preflight_metadata_mode_first,
        preflight_metadata_needs_secure_start,
        preflight_site,
        websocket_extensions,
        websocket_is_a_destination,
        unasked_subprotocol_opens,
        websocket_order,
    ],
    content_coding: [
        unasked,
        unknown_leaves_all,
        names_have_case,
        zstd,
        undecodable_is_raw,
    ],
    csp: [
        ip_addresses_match,
        star_with_port_matches,
        port_80_covers_443,
        better_scheme_needs_default_port,
        websocket_covers_http,
        star_covers_data,
        upgrade_covers_insecure,
        ports_match_as_text,
        before_upgrade,
        before_same_origin_mode,
        first,
    ],
    http_cache: [
        anonymous_apart,
        refused_kept,
        refused_redirect_kept,
        for_opaque_origin,
        untrusted_kept,
        kept_statuses,
        reusable_statuses,
        lasting_statuses,
        only_reusable_kept,
        validated_statuses,
        varied_is_revalidated,
        own_no_cache_revalidates,
        own_no_store_counts,
        variants_kept,
        redirects_vary_by_cookie,
        head_from_get,
        head_kept,
        any_304_freshens,
        connection_lines_kept,
        empty_lines_kept,
        range_from_stored,
        unasked_304,
        cache_control,
        pragma,
        age,
        dates,
        unreadable_expires,
        guessed_statuses,
        must_revalidate_ends_guessing,
        longest_guess,
        background,
        must_revalidate_ends_staleness,
        stale_since_arrival,
        ages_in_whole_seconds,
        passing_statuses,
        redirects_need_location,
        public_is_explicit,
        untold_statuses,
        failed_reload_drops,
        refused_drops,
        refused_type_drops,
        no_store_304_drops,
        head_revalidates,
        invalidation,
        own_no_cache_outranks_mode,
        only_if_cached_asks,
        consulted_after_redirect,
        media_kept,
        images_apart,
        foreign_elements_apart,
        vary_takes_absent_for_empty,
    ],
    local_network: [
        needs_secure_context,
        knows_target_address_space,
        exempts_from_mixed_content,
        waits_for_tls,
        tells_of_private_pages,
        checks_websockets,
        reserved_v6_is_local,
        treats_as_public,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn all_fields_of_another_make_the_other() {
        for one in Engine::ALL {
            for other in Engine::ALL {
                let theirs = other.profile();
                let taken = FIELDS.iter().fold(one.profile(), |profile, field| {
                    field.taken_from(profile, &theirs)
                });
                let taken = Profile {
                    engine: *other,
                    ..taken
                };
                assert_eq!(taken, theirs, "{one:?} as {other:?}");
            }
        }
    }

    #[test]
    fn a_field_differs_where_its_value_does() {
        let (chromium, webkit) = (Engine::Chromium.profile(), Engine::WebKit.profile());
        let order = FIELDS.iter().find(|field| field.name == "preflight_order");
        let order = order.expect("it is listed");
        assert!(order.differs(&chromium, &webkit));
        assert_eq!(order.value(&webkit).as_deref(), Some("StatusThenCors"));
        assert!(!order.differs(&chromium, &order.taken_from(webkit, &chromium)));
    }
}
