import ArgumentParser
import ClientLib
import CommandSupport

/// Options for batches that cannot be sent yet.
struct BufferingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep unsettled batches in this directory, too, and send the batches that an earlier run left there.",
      valueName: "dir"), completion: .directory)
  var spool: String?

  @Option(
    name: .customLong("spool-bytes"),
    help: "Bytes of the spool of each connection at most; at least 1048576.")
  var spoolBytes = 256 << 20

  @Option(
    name: .customLong("spool-sync"),
    help: ArgumentHelp(
      "When a batch is synced to the disk: batch (before it is sent), never, or after this time at most.",
      valueName: "batch|never|duration"),
    transform: BufferingOptions.sync)
  var spoolSync = Producer.Spool.Sync.interval(.seconds(1))

  @Option(
    name: .customLong("when-full"),
    help: ArgumentHelp(
      "What to do when no more batches may wait: wait, fail, or drop-oldest.",
      valueName: "wait|fail|drop-oldest"),
    transform: BufferingOptions.whenFull)
  var whenFull = Producer.Configuration.WhenFull.wait

  @Option(
    help: ArgumentHelp(
      "How long a batch may wait until a server accepts it; without this option for ever.",
      valueName: "duration"))
  var ttl: DurationArgument?

  /// The options as a part of the run's plan.
  var buffering: RunPlan.Buffering {
    RunPlan.Buffering(
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
