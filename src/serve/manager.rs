//! What the service manager is told, where there is one: `sd_notify(3)`.

use std::time::Duration;

use sd_notify::NotifyState;

/// How often the service looks around at the least.
const BEAT: Duration = Duration::from_secs(5);

/// All parts run.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is read anew.
pub(super) fn reloading() {
    let now = NotifyState::monotonic_usec_now();
    tell(&[Some(NotifyState::Reloading), now.ok()].into_iter().flatten().collect::<Vec<_>>());
}

/// The end has begun.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The watchdog need not bite.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// Half of the time within which the watchdog wants to hear of us.
pub(super) fn beat() -> Duration {
    let mut time = 0;
    if sd_notify::watchdog_enabled(false, &mut time) { Duration::from_micros(time / 2).min(BEAT) } else { BEAT }
}

fn tell(what: &[NotifyState<'_>]) {
    // Where nobody listens nobody is to be told.
    let _ = sd_notify::notify(false, what);
}
