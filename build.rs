//! `assets/` is embedded: a file added or changed there must compile the crate anew.

fn main() {
    println!("cargo:rerun-if-changed=assets");
}
