import ArgumentParser
import CommandSupport

/// The options of every run, whatever it publishes.
struct RunOptions: ParsableArguments {
  @OptionGroup(title: "Where to")
  var target: TargetOptions

  @OptionGroup(title: "Who publishes")
  var key: KeyOption

  @OptionGroup(title: "Encryption")
  var encryption: EncryptionOptions

  @OptionGroup(title: "Generated events")
  var load: LoadOptions

  @OptionGroup(title: "Buffering what cannot be sent")
  var buffering: BufferingOptions

  @OptionGroup(title: "Result")
  var result: ResultOptions

  func validate() throws {
    guard buffering.spool == nil || target.producerID == nil else {
      throw ValidationError("--producer-id does not go with --spool, which has an identity of its own.")
    }
  }
}
