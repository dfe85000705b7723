//! Adapters that look at 64 bytes with the machine's vector instructions; the only unsafe code of the sieve.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;

use super::buckets::Buckets;
use super::needles::{Needles, WIDE};
use super::{Candidate, Shapes, lanes};

/// The pass over a block, on the best instructions that this machine has.
#[derive(Debug)]
pub(super) struct Filter {
    buckets: Box<Buckets<WIDE>>,
    kind: Kind,
}

/// Which instructions are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By tables: any machine.
    Portable,
    /// 32 bytes at once: AVX2, with BMI1 and 2, LZCNT and POPCNT, which every such machine has.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kind {
    /// All that this machine can run.
    pub(crate) fn available() -> Vec<Self> {
        let mut kinds = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("lzcnt")
            && std::arch::is_x86_feature_detected!("popcnt")
        {
            kinds.push(Self::Avx2);
        }
        kinds
    }
}

impl Filter {
    pub(super) fn new(needles: &Needles) -> Self {
        let kind = Kind::available().last().copied().unwrap_or(Kind::Portable);
        Self { buckets: Box::new(Buckets::new(&needles.wide_windows())), kind }
    }

    /// Uses other instructions, one of [`Kind::available`].
    #[cfg(test)]
    pub(super) fn with(mut self, kind: Kind) -> Self {
        debug_assert!(Kind::available().contains(&kind));
        self.kind = kind;
        self
    }

    pub(super) fn scan(&self, needles: &Needles, shapes: Shapes, block: &[u8], out: &mut Vec<Candidate>) {
        match self.kind {
            Kind::Portable => lanes::scan(&portable::Portable::new(&self.buckets), needles, shapes, block, out),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the kind is only ever one that `Kind::available` has found this machine to support.
            Kind::Avx2 => unsafe { avx2::scan(&self.buckets, needles, shapes, block, out) },
        }
    }
}
