internal import ClientLib

/// Puts lines into batches and publishes them, with one id for each line. Used by one task.
final class LogWriter {
  /// Lines of one batch, and their outcome.
  enum Part: Sendable {
    /// The producer took the batch.
    case published(LogLoad)
    /// The producer did not take the batch, which also had the telling of `told` lost lines.
    case refused(LogLoad, told: Int)
    /// The producer gave the batch up after it had taken it.
    case givenUp(lines: Int, told: Int)
  }

  /// A batch under construction.
  private struct Draft: ~Copyable {
    var batch: EventBatch
    var load = LogLoad()
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

  /// Publishes lines, and an event that tells how many were lost before. Waits while the producer's outbox is full; a
  /// cancelled task does not wait.
  /// - Parameters:
  ///   - count: called for each batch when the producer takes it, or not, and again when it gives it up.
  ///   - reuse: called with each chunk whose lines are in batches.
  func publish(
    _ lines: consuming WaitingLines, lost: Int, lossTopic: String, count: @escaping @Sendable (Part) -> Void,
    reuse: (consuming LogChunk) -> Void
  ) async {
    var draft = Draft(batch: producer.makeBatch())
    // Taken out of the array, so that emptying a chunk does not copy it.
    lines.chunks.reverse()
    while let chunk = lines.chunks.popLast() {
      for index in 0..<chunk.count where !append(chunk, index, to: &draft, count) {
        await publish(draft, count)
        draft = Draft(batch: producer.makeBatch())
        _ = append(chunk, index, to: &draft, count)
      }
      reuse(chunk)
    }
    if lost > 0 {
      let line = Self.telling(lost, topic: lossTopic)
      if !appendTelling(lost, line, to: &draft) {
        await publish(draft, count)
        draft = Draft(batch: producer.makeBatch())
        // Without effect on a line that fits no batch, which the limits of servers exclude.
        if !appendTelling(lost, line, to: &draft) { count(.refused(LogLoad(), told: lost)) }
      }
    }
    await publish(draft, count)
  }

  /// The line that tells lost lines.
  private static func telling(_ lost: Int, topic: String) -> LogChunk {
    let text = #"{"level":"warning","label":"lost","message":"log lines were lost","lines":\#(lost)}"#
    var line = LogChunk()
    line.append(topic: topic, time: .now, payload: Array(text.utf8))
    return line
  }

  /// Adds a line of a chunk to a batch.
  /// - Returns: false when the batch has no room. A line that fits no batch is counted as refused.
  private func append(
    _ chunk: LogChunk, _ index: Int, to draft: inout Draft, _ count: (Part) -> Void
  ) -> Bool {
    let load = LogLoad(lines: 1, bytes: chunk.payloadBytes(index))
    do throws(ProducerError) {
      let fits = try add(chunk, index, to: &draft.batch)
      if fits {
        draft.load.lines += load.lines
        draft.load.bytes += load.bytes
      }
      return fits
    } catch {
      count(.refused(load, told: 0))
      return true
    }
  }

  /// Adds the line that tells `lost` lines to a batch.
  /// - Returns: false when the batch has no room.
  private func appendTelling(_ lost: Int, _ line: LogChunk, to draft: inout Draft) -> Bool {
    guard let fits = try? add(line, 0, to: &draft.batch), fits else { return false }
    draft.told = lost
    return true
  }

  private func add(_ chunk: LogChunk, _ index: Int, to batch: inout EventBatch) throws(ProducerError) -> Bool
  {
    let (topic, time) = (chunk.topic(index).utf8, chunk.time(index))
    let (id, source) = (EventID.rising(at: time, using: &generator).utf8, source.utf8)
    return try chunk.withPayload(index) { payload throws(ProducerError) in
      try batch.append(
        topic: topic.span.bytes, eventID: id.span.bytes, timestamp: time, source: source.span.bytes,
        payload: payload)
    }
  }

  private func publish(_ draft: consuming Draft, _ count: @escaping @Sendable (Part) -> Void) async {
    let (load, told) = (draft.load, draft.told)
    guard load.lines + told > 0 else { return }
    do throws(ProducerError) {
      let receipt = try await producer.publish(draft.batch)
      count(.published(load))
      // Ends when the batch is settled, which the producer's outbox bounds.
      Task {
        do throws(ProducerError) {
          try await receipt.committed()
        } catch {
          // The next producer over the spool publishes these lines.
          if !receipt.isLeftInSpool { count(.givenUp(lines: load.lines, told: told)) }
        }
      }
    } catch {
      count(.refused(load, told: told))
    }
  }
}
