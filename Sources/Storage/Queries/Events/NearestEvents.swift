/// The events nearest to the beginning of a page, among all events that were added.
struct NearestEvents {
  /// Events in the order of the page.
  private(set) var events: [EventReference] = []
  private let count: Int
  private let isDescending: Bool

  init(count: Int, isDescending: Bool) {
    precondition(count >= 1, "there must be room for an event")
    self.count = count
    self.isDescending = isDescending
  }

  /// Adds events. Some of them may have been added before.
  mutating func add(_ found: [EventReference]) {
    let all = (events + found).sorted { isDescending ? $1 < $0 : $0 < $1 }
    events = []
    for event in all where event != events.last && events.count < count {
      events.append(event)
    }
    assert(events.count <= count, "only the nearest are kept")
  }

  /// Whether an event of this time could be among the nearest. An event with the time of the last one could.
  func mayTake(_ time: Int64) -> Bool {
    guard events.count == count, let last = events.last else { return true }
    return isDescending ? time >= last.time : time <= last.time
  }
}
