import Testing

@testable import ClientLib

@Suite struct PromiseTests {
  @Test func givesItsValueToAllTasks() async {
    let promise = Promise<Int>()
    async let one = promise.value()
    async let other = promise.value()
    promise.fulfil(7)
    #expect(await [one, other] == [7, 7])
    #expect(await promise.value() == 7)
  }

  @Test func keepsItsFirstValue() async {
    let promise = Promise<Int>()
    promise.fulfil(1)
    promise.fulfil(2)
    #expect(await promise.value() == 1)
    #expect(promise.isFulfilled)
  }

  @Test func endsOnlyTheWaitOfACancelledTask() async {
    let promise = Promise<Int>()
    let impatient = Task { await promise.value() }
    let patient = Task { await promise.value() }
    impatient.cancel()
    #expect(await impatient.value == nil)
    promise.fulfil(3)
    #expect(await patient.value == 3)
  }

  @Test func givesItsValueToACancelledTask() async {
    let promise = Promise<Int>()
    promise.fulfil(4)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await promise.value()
    }
    #expect(await task.value == 4)
  }

  @Test func survivesManyRacesBetweenValueAndCancellation() async {
    for _ in 0..<200 {
      let promise = Promise<Int>()
      let task = Task { await promise.value() }
      async let cancelling: Void = task.cancel()
      promise.fulfil(1)
      await cancelling
      let value = await task.value
      #expect(value == 1 || value == nil)
    }
  }
}
