/// Elements with ascending numbers, which are never used again.
struct SequenceWindow<Element: Sendable>: Sendable {
  private var slots: [Element?] = []
  /// Empty slots at the front of `slots`.
  private var head = 0
  /// The lowest number with an element, or `next` when the window is empty.
  private(set) var base: UInt64
  /// Number of elements.
  private(set) var count = 0

  /// An empty window whose first element gets the number `base`.
  init(base: UInt64 = 1) {
    self.base = base
  }

  /// A window of elements with ascending numbers and gaps. The next element gets the number `next`.
  init(_ elements: [(number: UInt64, element: Element)], next: UInt64) {
    base = elements.first?.number ?? next
    precondition(next >= base, "the next number is below an element's number")
    slots = Array(repeating: nil, count: Int(next - base))
    for (number, element) in elements { slots[Int(number - base)] = element }
    count = elements.count
  }

  var isEmpty: Bool { count == 0 }

  /// Number of the next element.
  var next: UInt64 { base + UInt64(slots.count - head) }

  /// Adds an element and returns its number.
  mutating func append(_ element: Element) -> UInt64 {
    defer { count += 1 }
    let sequence = next
    slots.append(element)
    return sequence
  }

  /// The element with the number `sequence`; nil when the window has no such element.
  subscript(sequence: UInt64) -> Element? {
    guard let index = index(of: sequence) else { return nil }
    return slots[index]
  }

  /// Changes the element with the number `sequence`, if there is one.
  mutating func change(_ sequence: UInt64, _ body: (inout Element) -> Void) {
    guard let index = index(of: sequence), var element = slots[index] else { return }
    slots[index] = nil
    body(&element)
    slots[index] = element
  }

  /// Removes the element with the number `sequence`. The base rises when it was the lowest.
  mutating func remove(_ sequence: UInt64) -> Element? {
    guard let index = index(of: sequence), let element = slots[index] else { return nil }
    slots[index] = nil
    count -= 1
    advance()
    assert(slots.indices.contains(head) ? slots[head] != nil : isEmpty, "the base has no element")
    return element
  }

  /// The lowest number from `sequence` on that has an element.
  func first(from sequence: UInt64) -> UInt64? {
    var candidate = max(sequence, base)
    while let index = index(of: candidate) {
      if slots[index] != nil { return candidate }
      candidate += 1
    }
    return nil
  }

  /// Elements and their numbers, ascending.
  var all: [(sequence: UInt64, element: Element)] {
    slots[head...].enumerated().compactMap { offset, element in
      element.map { (base + UInt64(offset), $0) }
    }
  }

  private func index(of sequence: UInt64) -> Int? {
    guard sequence >= base, sequence < next else { return nil }
    return head + Int(sequence - base)
  }

  private mutating func advance() {
    while head < slots.count, slots[head] == nil {
      head += 1
      base += 1
    }
    assert(count <= slots.count - head, "elements were lost count of")
    if head == slots.count || head >= 1_024 {
      slots.removeFirst(head)
      head = 0
    }
  }
}
