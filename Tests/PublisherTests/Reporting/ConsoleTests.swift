import Logging
import Testing
import Waiting

@testable import Publisher

@Suite struct ConsoleTests {
  private let output = Lines()
  private let errors = Lines()

  private func console(isTerminal: Bool) -> Console {
    Console(isTerminal: isTerminal, output: output.add, error: errors.add)
  }

  @Test func separatesResultsFromOtherOutput() throws {
    let console = console(isTerminal: false)
    try console.print("result")
    console.tell("problem")
    #expect(output.all == ["result\n"])
    #expect(errors.all == ["problem\n"])
  }

  @Test func showsWarningsOfConnectionsAsLines() {
    let logger = console(isTerminal: false).logger
    logger.warning("the connection ended")
    logger.info("connected")
    #expect(errors.all == ["sluice-publish: warning: the connection ended\n"])
  }

  @Test func removesTheProgressLineBeforeAnotherLine() async {
    let console = console(isTerminal: true)
    await console.showingProgress(of: RunRecord(), expected: 1) {
      await #expect(throws: Never.self) { try await waitUntil { !errors.all.isEmpty } }
      console.tell("problem")
    }
    #expect(errors.all.first?.hasPrefix("\r[") == true)
    #expect(errors.all.contains("\r\u{1B}[Kproblem\n"))
    #expect(errors.all.last == "\n")
  }

  @Test func showsNoProgressWithoutATerminal() async {
    await console(isTerminal: false).showingProgress(of: RunRecord(), expected: 1) {}
    #expect(errors.all.isEmpty)
  }

  @Test func returnsTheResultOfTheBody() async {
    #expect(await console(isTerminal: true).showingProgress(of: RunRecord(), expected: 1) { 7 } == 7)
  }
}
