import Dispatch
import Foundation

/// The inputs of `sluice top` as one sequence: figures, keys and signals.
struct TopEvents {
  /// One input.
  enum Event: Sendable {
    /// New figures, or the reason why there are none.
    case read(Result<TopFigures, CommandFailure>)
    /// A key that was pressed, as its byte.
    case key(UInt8)
    /// The terminal has another size.
    case resized
    /// A signal that ends or stops programs.
    case signal(Int32)
  }

  /// The signals that end a program, and the one that stops it.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

  /// The inputs, until the process ends.
  let stream: AsyncStream<Event>
  private let input: AsyncStream<Event>.Continuation
  private var sources: [any DispatchSourceProtocol] = []

  /// Begins to listen to signals, and to the keyboard if standard input is a terminal.
  init() {
    let (stream, input) = AsyncStream.makeStream(of: Event.self)
    (self.stream, self.input) = (stream, input)
    for number in Self.signals + [SIGWINCH] {
      // The signal then only reaches the source.
      if number != SIGWINCH { Foundation.signal(number, SIG_IGN) }
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { input.yield(number == SIGWINCH ? .resized : .signal(number)) }
      source.activate()
      sources.append(source)
    }
    guard isatty(STDIN_FILENO) == 1 else { return }
    let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO)
    keys.setEventHandler {
      var byte: UInt8 = 0
      let count = Foundation.read(STDIN_FILENO, &byte, 1)
      if count == 1 { input.yield(.key(byte)) }
      // A terminal that is gone is readable for ever.
      if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { keys.cancel() }
    }
    keys.activate()
    sources.append(keys)
  }

  /// Reads figures again and again in a task of its own, so that a slow server does not hold up keys.
  func read(with reader: TopReader, every interval: Duration) {
    let input = input
    Task {
      var reader = reader
      while !Task.isCancelled {
        let next = ContinuousClock.now + interval
        do throws(CommandFailure) {
          input.yield(.read(.success(try await reader.read())))
        } catch {
          input.yield(.read(.failure(error)))
        }
        try? await Task.sleep(until: next)
      }
    }
  }

  /// Ends the process by a signal, as a program ends that does not handle it.
  static func end(by number: Int32) -> Never {
    Foundation.signal(number, SIG_DFL)
    // The source may have blocked it in this thread.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    kill(getpid(), number)
    exit(128 + number)
  }
}
