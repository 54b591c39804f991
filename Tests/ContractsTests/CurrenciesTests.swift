import Contracts
import Testing

struct CurrenciesTests {
  @Test(
    arguments: [
      (250, "EUR", "2.50 EUR"), (5, "EUR", "0.05 EUR"), (-5, "EUR", "-0.05 EUR"), (-1_234, "EUR", "-12.34 EUR"),
      (0, "EUR", "0.00 EUR"), (250, "JPY", "250 JPY"), (0, "JPY", "0 JPY"), (250, "KWD", "0.250 KWD"),
      (Int64.min, "EUR", "-92233720368547758.08 EUR"),
    ] as [(Int64, String, String)])
  func moneyIsSaidWithItsCurrencysDigits(minor: Int64, currency: String, text: String) {
    #expect(Currencies.text(minor, currency) == text)
  }

  @Test func whatIsNoWholeNumberIsRounded() {
    #expect(Currencies.text(249.6, "EUR", point: ",") == "2,50 EUR")
    #expect(Currencies.text(Double.infinity, "EUR") == "10000000000000.00 EUR")
  }
}
