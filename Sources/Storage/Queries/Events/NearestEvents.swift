/// The events nearest to where a page begins, of all that were added.
struct NearestEvents {
  /// In the order of the page.
  private(set) var events: [EventReference] = []
  private let count: Int
  private let isDescending: Bool

  init(count: Int, isDescending: Bool) {
    precondition(count >= 1, "room for an event")
    self.count = count
    self.isDescending = isDescending
  }

  /// Adds events, of which some may be there already.
  mutating func add(_ found: [EventReference]) {
    let all = (events + found).sorted { isDescending ? $1 < $0 : $0 < $1 }
    events = []
    for event in all where event != events.last && events.count < count {
      events.append(event)
    }
  }

  /// Whether an event of this time could be among the nearest. One of the same time as the last of them may.
  func mayTake(_ time: Int64) -> Bool {
    guard events.count == count, let last = events.last else { return true }
    return isDescending ? time >= last.time : time <= last.time
  }
}
