import Dispatch
public import Logging

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Producer.Spool {
  /// A spool that was found in a directory of spools, with the outcome for its batches.
  public struct Adoption: Sendable, CustomStringConvertible {
    /// Outcome for the batches of a spool.
    public enum Outcome: Sendable {
      /// All of its batches are settled; this many were found. The directory stays and may be deleted.
      case settled(batches: Int)
      /// Another producer has the lock, so the spool is not orphaned.
      case inUse
      /// Some batches are not settled, and stay in the spool.
      case failed(ProducerError)
    }

    /// The directory of the spool.
    public let directory: String
    /// Outcome for its batches.
    public let outcome: Outcome

    /// Directory and outcome in words.
    public var description: String {
      switch outcome {
      case .settled(let batches): "\(directory): \(batches) batches settled"
      case .inUse: "\(directory): in use"
      case .failed(let error): "\(directory): \(error)"
      }
    }
  }

  /// Sends what dead neighbours left in their spools: opens each spool in `parent` whose lock is free, sends its
  /// batches under its identity, waits until they are settled, and closes it.
  ///
  /// The lock of a spool belongs to one process at a time and ends with it, so a spool of a living producer is
  /// never touched, and two processes that adopt at the same time share the work. The spools are adopted one
  /// after the other, so that memory is bounded by one outbox.
  /// - Parameters:
  ///   - parent: a directory whose sub-directories are spools, such as one for each process of a service.
  ///     Sub-directories without the file `lock` are left alone.
  ///   - endpoints: servers of the database that the neighbours published to.
  ///   - configuration: as for ``Producer/connect(to:configuration:logger:)``; its spool gives `bytes` and `sync`,
  ///     and its directory is ignored.
  ///   - deadline: how long to wait at most for each spool, the time for connecting included.
  ///   - logger: receives the notices of each adopting producer.
  /// - Returns: the spools in the order of their names.
  /// - Throws: ``ProducerError``: `spoolFailed` when `parent` cannot be listed, and `cancelled`.
  public static func adoptOrphans(
    in parent: String, to endpoints: [Endpoint], configuration: Producer.Configuration = .init(),
    deadline: Duration = .seconds(20), logger: Logger
  ) async throws(ProducerError) -> [Adoption] {
    var adoptions: [Adoption] = []
    for directory in try await directories(in: parent) {
      guard !Task.isCancelled else { throw .cancelled }
      var configuration = configuration
      configuration.identity = .random()
      configuration.connectTimeout = min(configuration.connectTimeout, deadline)
      configuration.startOffline = false
      // A gauge has one value, that of the adopting program's own producer.
      configuration.showsOutbox = false
      var spool = configuration.spool ?? Producer.Spool(directory: directory)
      spool.directory = directory
      configuration.spool = spool
      let outcome = await adopt(endpoints, configuration, deadline, logger)
      adoptions.append(Adoption(directory: directory, outcome: outcome))
    }
    return adoptions
  }

  private static func adopt(
    _ endpoints: [Endpoint], _ configuration: Producer.Configuration, _ deadline: Duration, _ logger: Logger
  ) async -> Adoption.Outcome {
    let start = ContinuousClock.now
    do throws(ProducerError) {
      let producer = try await Producer.connect(to: endpoints, configuration: configuration, logger: logger)
      try await producer.close(deadline: max(.zero, deadline - (.now - start)))
      return .settled(batches: producer.statistics.recovered)
    } catch {
      return error.code == .spoolInUse ? .inUse : .failed(error)
    }
  }

  /// Paths of the spools in a directory, ascending. Runs on a queue of its own, because it may wait for the disk.
  private static func directories(in parent: String) async throws(ProducerError) -> [String] {
    let result = await withCheckedContinuation { continuation in
      DispatchQueue(label: "sluice.spool.orphans").async {
        continuation.resume(returning: Result { () throws(SpoolFailure) in try listNow(parent) })
      }
    }
    do throws(SpoolFailure) {
      return try result.get()
    } catch {
      throw ProducerError(error)
    }
  }

  private static func listNow(_ parent: String) throws(SpoolFailure) -> [String] {
    guard let directory = opendir(parent) else { throw .system("list", path: parent, code: errno) }
    defer { closedir(directory) }
    var paths: [String] = []
    while let entry = readdir(directory) {
      let path = "\(parent)/\(SpoolDirectory.name(entry))"
      var status = stat()
      guard !path.hasSuffix("/."), !path.hasSuffix("/.."), stat("\(path)/lock", &status) == 0 else {
        continue
      }
      paths.append(path)
    }
    return paths.sorted()
  }
}
