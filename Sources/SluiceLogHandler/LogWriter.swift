internal import ClientLib

/// Puts lines into batches and publishes them, with one id for each line. Used by one task.
final class LogWriter {
  /// Lines of one batch, and what became of them.
  enum Part: Sendable {
    /// The producer took the batch.
    case published(lines: Int)
    /// The producer did not take the batch, which also had the telling of `told` lost lines.
    case refused(lines: Int, told: Int)
    /// The producer gave the batch up after it had taken it.
    case givenUp(lines: Int)
  }

  /// A batch under construction.
  private struct Draft: ~Copyable {
    var batch: EventBatch
    var lines = 0
    /// Lost lines that an event of the batch tells.
    var told = 0
  }

  private let producer: Producer
  private let source: String
  private var generator = SystemRandomNumberGenerator()

  init(_ producer: Producer, source: String) {
    self.producer = producer
    self.source = source
  }

  /// Publishes lines, and an event that tells how many were lost before. Waits while the producer's outbox is full.
  /// - Parameter count: called for each batch when the producer takes it, or not, and again when it gives it up.
  func publish(
    _ lines: [LogLine], lost: Int, lossTopic: String, count: @escaping @Sendable (Part) -> Void
  ) async {
    var draft = Draft(batch: producer.makeBatch())
    for line in lines {
      if append(line, to: &draft, count) { continue }
      await publish(draft, count)
      draft = Draft(batch: producer.makeBatch())
      _ = append(line, to: &draft, count)
    }
    if lost > 0 {
      let text = #"{"level":"warning","label":"lost","message":"log lines were lost","lines":\#(lost)}"#
      let line = LogLine(topic: lossTopic, time: .now, payload: Array(text.utf8))
      if !append(line, to: &draft, count) {
        await publish(draft, count)
        draft = Draft(batch: producer.makeBatch())
        _ = append(line, to: &draft, count)
      }
      draft.lines -= 1
      draft.told = lost
    }
    await publish(draft, count)
  }

  /// Adds a line to a batch.
  /// - Returns: false when the batch has no room. A line that fits no batch is counted as refused.
  private func append(_ line: LogLine, to draft: inout Draft, _ count: (Part) -> Void) -> Bool {
    let (topic, source) = (line.topic.utf8, source.utf8)
    let id = EventID.rising(at: line.time, using: &generator)
    let bytes = id.utf8
    do throws(ProducerError) {
      let fits = try draft.batch.append(
        topic: topic.span.bytes, eventID: bytes.span.bytes, timestamp: line.time, source: source.span.bytes,
        payload: line.payload.span.bytes)
      if fits { draft.lines += 1 }
      return fits
    } catch {
      count(.refused(lines: 1, told: 0))
      return true
    }
  }

  private func publish(_ draft: consuming Draft, _ count: @escaping @Sendable (Part) -> Void) async {
    let (lines, told) = (draft.lines, draft.told)
    guard lines + told > 0 else { return }
    do throws(ProducerError) {
      let receipt = try await producer.publish(draft.batch)
      count(.published(lines: lines))
      // Ends when the batch is settled, which the producer's outbox bounds.
      Task {
        do throws(ProducerError) {
          try await receipt.committed()
        } catch {
          count(.givenUp(lines: lines))
        }
      }
    } catch {
      count(.refused(lines: lines, told: told))
    }
  }
}
