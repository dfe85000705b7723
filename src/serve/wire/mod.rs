//! The protocols of the network, as sources and sinks.
//!
//! What comes from outside is believed up to a limit: lengths, times, the number of connections. A listener that the
//! network could reach unencrypted has to be asked for.

mod dial;
pub(in crate::serve) mod forward;
pub(in crate::serve) mod http;
mod place;
mod serving;
pub(in crate::serve) mod syslog;
pub(in crate::serve) mod text;
mod tls;
