//! Lists: `{"items": [...], "next_cursor": ...}`, oldest first.

use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::domain::contract::error::Error;
use crate::domain::state::table::Table;
use crate::http::operation::collect;

/// Where a list starts, and how long it may be.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many items at most: 1 to 500, 50 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before; the first page where absent or empty.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// For the next page; null where this is the last.
    pub next_cursor: Option<String>,
}

// By hand: utoipa derives the schema of a generic type from what stands in an annotation, not from the type.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let named = collect::<T>(&mut Vec::new()).map(|name| Ref::from_schema_name(name).into());
        let items = ArrayBuilder::new().items(named.unwrap_or_else(T::schema)).description(Some("The items."));
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("For the next page; null where this is the last."));
        ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("items", items)
            .required("items")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        collect::<T>(schemas);
    }
}

/// Declares which records are listed: the members of the query, and behind them those of [`Paging`].
///
/// Not flattened into each other: serde cannot refuse unknown members then, nor read numbers from a query.
macro_rules! filter {
    ($(#[$about:meta])* pub struct $name:ident { $($(#[$says:meta])* pub $member:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$says])* pub $member: $type,)+
            /// How many items at most: 1 to 500, 50 where absent.
            #[param(minimum = 1, maximum = 500)]
            pub limit: Option<usize>,
            /// `next_cursor` of the page before; the first page where absent or empty.
            pub cursor: Option<String>,
        }

        impl $name {
            /// Where the list starts, and how long it may be.
            pub fn paging(&self) -> $crate::http::page::Paging {
                $crate::http::page::Paging { limit: self.limit, cursor: self.cursor.clone() }
            }
        }
    };
}

pub(crate) use filter;

impl Paging {
    /// How many items at most.
    ///
    /// # Errors
    /// A limit that is not 1 to 500.
    pub fn limit(&self) -> Result<usize, Error> {
        match self.limit {
            None => Ok(50),
            Some(limit @ 1..=500) => Ok(limit),
            Some(limit) => Err(Error::Invalid(format!("limit: expected 1 to 500, got {limit}"))),
        }
    }

    /// The number after which the page starts.
    ///
    /// # Errors
    /// A cursor that no page gave.
    pub fn after(&self) -> Result<u64, Error> {
        self.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map_or(Ok(0), |cursor| {
            cursor
                .parse()
                .map_err(|_| Error::Invalid(format!("cursor: expected next_cursor of a page, got {cursor:?}")))
        })
    }
}

/// Cuts a page out of numbered rows, already past the cursor.
///
/// # Errors
/// A limit or cursor that does not fit.
pub fn cut<R, T>(
    paging: &Paging,
    rows: impl Iterator<Item = (u64, R)>,
    mut show: impl FnMut(R) -> T,
) -> Result<Page<T>, Error> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut rows = rows.filter(|(number, _)| *number > after).peekable();
    let (mut items, mut last) = (Vec::new(), 0);
    while items.len() < limit {
        let Some((number, row)) = rows.next() else { break };
        last = number;
        items.push(show(row));
    }
    let next_cursor = rows.peek().is_some().then(|| last.to_string());
    Ok(Page { items, next_cursor })
}

/// Cuts a page out of records by their code, which is the cursor: a page goes on where the one before ended, whatever
/// came or went between them.
///
/// # Errors
/// A limit that does not fit.
pub fn cut_by_code<R: Clone, T>(
    paging: &Paging,
    table: &Table<String, R>,
    mut show: impl FnMut(&Arc<R>) -> T,
) -> Result<Page<T>, Error> {
    let limit = paging.limit()?;
    let after = paging.cursor.clone().map_or(Bound::Unbounded, Bound::Excluded);
    let mut rows = table.range((after, Bound::Unbounded)).peekable();
    let (mut items, mut last) = (Vec::new(), None);
    while items.len() < limit {
        let Some((code, row)) = rows.next() else { break };
        last = Some(code);
        items.push(show(row));
    }
    let next_cursor = rows.peek().and(last).cloned();
    Ok(Page { items, next_cursor })
}

/// Cuts a page out of rows in their order.
///
/// # Errors
/// A limit or cursor that does not fit.
pub fn cut_in_order<R, T>(
    paging: &Paging,
    rows: impl IntoIterator<Item = R>,
    show: impl FnMut(R) -> T,
) -> Result<Page<T>, Error> {
    cut(paging, (1..).zip(rows), show)
}
