/// The currencies that there are, by ISO 4217: what is in none of them is no money. Funds codes, precious metals and the
/// codes for testing and for no currency at all are not among them.
public enum Currencies {
  public static func has(_ code: String) -> Bool { codes.contains(code) }

  public static let codes: Set<String> = Set(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY \
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP \
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND \
    VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split(separator: " ").map(String.init))

  /// How many digits of a minor unit there are, by ISO 4217: a yen has none, a dinar three.
  public static func digits(_ code: String) -> Int {
    if withoutDigits.contains(code) { return 0 }
    return withThreeDigits.contains(code) ? 3 : 2
  }

  private static let withoutDigits: Set = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
  ]
  private static let withThreeDigits: Set = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

  /// The same to the nearest unit, of anything that is a number.
  public static func text(_ minor: Double, _ code: String, point: String = ".") -> String {
    text(Int64(min(max(minor.rounded(), -1e15), 1e15)), code, point: point)
  }

  /// `2.50 EUR`, of so many minor units.
  public static func text(_ minor: Int64, _ code: String, point: String = ".") -> String {
    let digits = digits(code)
    let all = String(minor.magnitude)
    let padded = String(repeating: "0", count: max(0, digits + 1 - all.count)) + all
    let whole = "\(minor < 0 ? "-" : "")\(padded.dropLast(digits))"
    return digits == 0 ? "\(whole) \(code)" : "\(whole)\(point)\(padded.suffix(digits)) \(code)"
  }
}
