//! The protocols of the network: how messages come and leave.

pub(crate) mod forward;
pub(crate) mod syslog;
