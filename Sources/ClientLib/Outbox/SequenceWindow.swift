/// Elements under rising numbers, from the lowest one that is still there on. Numbers are never used again.
struct SequenceWindow<Element: Sendable>: Sendable {
  private var slots: [Element?] = []
  /// Slots in front that were emptied.
  private var head = 0
  /// The lowest number that is still there, or else the next one.
  private(set) var base: UInt64
  /// Elements.
  private(set) var count = 0

  /// An empty window whose first element gets the number `base`.
  init(base: UInt64 = 1) {
    self.base = base
  }

  /// Elements under rising numbers, with gaps between them, before the element that gets the number `next`.
  init(_ elements: [(number: UInt64, element: Element)], next: UInt64) {
    base = elements.first?.number ?? next
    slots = Array(repeating: nil, count: Int(next - base))
    for (number, element) in elements { slots[Int(number - base)] = element }
    count = elements.count
  }

  var isEmpty: Bool { count == 0 }

  /// The number of the next element.
  var next: UInt64 { base + UInt64(slots.count - head) }

  /// Adds an element and returns its number.
  mutating func append(_ element: Element) -> UInt64 {
    defer { count += 1 }
    let sequence = next
    slots.append(element)
    return sequence
  }

  /// The element under `sequence`; nil when it is gone, or was never there. One that is there may be changed.
  subscript(sequence: UInt64) -> Element? {
    guard let index = index(of: sequence) else { return nil }
    return slots[index]
  }

  /// Changes the element under `sequence`, if it is there.
  mutating func change(_ sequence: UInt64, _ body: (inout Element) -> Void) {
    guard let index = index(of: sequence), var element = slots[index] else { return }
    slots[index] = nil
    body(&element)
    slots[index] = element
  }

  /// Takes the element out. The base rises when it was the lowest.
  mutating func remove(_ sequence: UInt64) -> Element? {
    guard let index = index(of: sequence), let element = slots[index] else { return nil }
    slots[index] = nil
    count -= 1
    advance()
    return element
  }

  /// The first number from `sequence` on that is there.
  func first(from sequence: UInt64) -> UInt64? {
    var candidate = max(sequence, base)
    while let index = index(of: candidate) {
      if slots[index] != nil { return candidate }
      candidate += 1
    }
    return nil
  }

  /// The elements, in order, with their numbers.
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
