/// What this is a build of. The only place that has it: the command line, every executable and the API's document say it
/// from here.
package enum Build {
  package static let version = "1.0.0"
}
