//! Typed paths: a struct has the parts of a vendor path, and documents them.

use utoipa::openapi::path::Parameter;

use super::call::Part;

/// The parts of a path as fields.
pub trait FromParts {
    /// Takes them from those that were found; a part has the name of its field.
    fn from_parts(parts: Vec<Part>) -> Self;

    /// Describes them.
    fn parameters() -> Vec<Parameter>;
}

/// A path without parts.
impl FromParts for () {
    fn from_parts(_: Vec<Part>) -> Self {}

    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }
}

/// Takes a part out of those that were found.
pub fn take(parts: &mut [Part], name: &str) -> String {
    parts.iter_mut().find(|part| part.name == name).map(|part| std::mem::take(&mut part.text)).unwrap_or_default()
}

/// Declares the struct of a path: its documented parts, decoded.
macro_rules! parts {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $part:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, utoipa::IntoParams)]
        #[into_params(parameter_in = Path)]
        #[allow(dead_code, reason = "a handler need not read all: the account was compared with the token's")]
        pub struct $name {
            $($(#[$about])* pub $part: String,)+
        }

        impl $crate::http::path::FromParts for $name {
            fn from_parts(mut parts: Vec<$crate::http::call::Part>) -> Self {
                Self { $($part: $crate::http::path::take(&mut parts, stringify!($part)),)+ }
            }

            fn parameters() -> Vec<utoipa::openapi::path::Parameter> {
                <Self as utoipa::IntoParams>::into_params(|| Some(utoipa::openapi::path::ParameterIn::Path))
            }
        }
    };
}
pub(crate) use parts;
