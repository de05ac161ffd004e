import ArgumentParser
import ClientLib

/// What becomes of batches while they can not be sent.
struct KeepingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep unsettled batches in this directory, too, and send what an earlier run left there.",
      valueName: "dir"))
  var spool: String?

  @Option(
    name: .customLong("spool-bytes"),
    help: "Bytes that each connection's part of the spool may have; at least 1048576.")
  var spoolBytes = 256 << 20

  @Option(
    name: .customLong("spool-sync"),
    help: ArgumentHelp(
      "When the disk must have a batch: batch (before it is sent), never, or after this time at most.",
      valueName: "batch|never|duration"),
    transform: KeepingOptions.sync)
  var spoolSync = Producer.Spool.Sync.interval(.seconds(1))

  @Option(
    name: .customLong("when-full"),
    help: ArgumentHelp(
      "What to do when no more batches may wait: wait, fail, or drop-oldest.",
      valueName: "wait|fail|drop-oldest"),
    transform: KeepingOptions.whenFull)
  var whenFull = Producer.Configuration.WhenFull.wait

  @Option(
    help: ArgumentHelp(
      "How long a batch may wait until a server accepts it; without it for ever.", valueName: "duration"))
  var ttl: DurationArgument?

  /// What a run needs to know of it.
  var keeping: RunPlan.Keeping {
    RunPlan.Keeping(
      directory: spool, bytes: spoolBytes, sync: spoolSync, whenFull: whenFull, timeToLive: ttl?.duration)
  }

  func validate() throws {
    guard spool?.isEmpty != true else { throw ValidationError("--spool takes a directory.") }
    guard spoolBytes >= 1 << 20 else { throw ValidationError("--spool-bytes takes at least 1048576.") }
  }

  private static func sync(_ text: String) throws -> Producer.Spool.Sync {
    switch text {
    case "batch": return .everyBatch
    case "never": return .never
    default:
      guard let pause = DurationArgument(argument: text) else {
        throw ValidationError("--spool-sync takes batch, never, or a duration such as 1s.")
      }
      return .interval(pause.duration)
    }
  }

  private static func whenFull(_ text: String) throws -> Producer.Configuration.WhenFull {
    switch text {
    case "wait": return .wait
    case "fail": return .fail
    case "drop-oldest": return .dropOldest
    default: throw ValidationError("--when-full takes wait, fail or drop-oldest.")
    }
  }
}
