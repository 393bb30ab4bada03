//! A web server for a browser on this machine: it answers GET and HEAD, one request per connection, and changes nothing.
//!
//! Requests are parsed by `httparse`, the parser of hyper, which the program contains anyway. A whole framework would bring tokio and
//! change features of crates that burn is built on; for some pages and files a thread per connection does, and there are few of them.
//!
//! What it is wary of: a request head larger than [`request::LARGEST_HEAD`] or slower than [`request::SLOWEST_HEAD`], more than
//! [`connections::MOST`] connections, names in `Host` that somebody else may have pointed at this machine (DNS rebinding), and paths
//! that lead out of the folder.

pub mod answer;
pub mod connections;
pub mod files;
pub mod request;

pub use answer::{Answer, Body, Stream};
pub use connections::{Site, serve};
pub use request::{Hosts, Request};
