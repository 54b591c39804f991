// What the bank has to say: pages as data.

export const products = {
  accounts: {
    category: "account", name: "Current accounts", short: "Accounts", figure: "€0 a month",
    teaser: "With a card, an app and a branch around the corner.",
    lede: "An account that costs nothing while your pay comes in, and says so before it ever costs something.",
    points: ["No monthly fee from €1,000 coming in", "We move your standing orders and tell your employer", "A person answers the phone, from 8 to 20 o'clock"],
    terms: [["Monthly fee", "€0.00"], ["Below €1,000 a month", "€3.90"], ["Overdraft, a year", "9.4 %"], ["Cash at 18,000 machines", "free"]],
    apply: "Open an account"
  },
  savings: {
    category: "savings", name: "Savings", short: "Savings", figure: "2.60 %",
    teaser: "From day one, and yours again tomorrow.",
    lede: "Put something by without locking it up: interest every month, no minimum, guaranteed up to €100,000.",
    points: ["Interest is paid monthly and earns interest itself", "Any amount, any day, in the app", "Fixed terms from 3 months to 5 years if you like certainty"],
    terms: [["Instant saver", "2.60 %"], ["Fixed for one year", "2.95 %"], ["Fixed for three years", "2.75 %"], ["Minimum", "none"]],
    apply: "Start saving"
  },
  mortgages: {
    category: "mortgage", name: "Mortgages", short: "Mortgages", figure: "from 3.41 %",
    teaser: "A rate for fifteen years and one adviser for all of them.",
    lede: "You get a decision in three working days, from somebody who has seen your street.",
    points: ["Up to 90 % of the price", "Pay back 5 % a year extra, for nothing", "The rate is yours for 60 days while you look"],
    terms: [["10 years fixed", "3.41 %"], ["15 years fixed", "3.58 %"], ["20 years fixed", "3.72 %"], ["Extra payments", "5 % a year"]],
    apply: "Ask for a mortgage"
  },
  loans: {
    category: "loan", name: "Personal loans", short: "Loans", figure: "from 4.99 %",
    teaser: "For a roof, a car or a new start.",
    lede: "€1,000 to €50,000, at a rate that you know before you apply and that asking doesn't make worse.",
    points: ["Money in your account within a day", "Pay back early without a fee", "Asking leaves no trace in your credit record"],
    terms: [["€10,000 over 48 months", "€230.20 a month"], ["Effective yearly rate", "4.99 %"], ["Early repayment", "free"], ["Decision", "within a day"]],
    apply: "Apply for a loan"
  },
  cards: {
    category: "card", name: "Cards", short: "Cards", figure: "€0 abroad",
    teaser: "One for every day, one for the world.",
    lede: "Pay in any currency at the rate of the day. The card stays free if you use it once a month.",
    points: ["No fee in foreign currencies", "Travel cover for the family on the gold card", "Lock it in the app with a thumb"],
    terms: [["Classic", "free"], ["Gold, a year", "€69.00"], ["Foreign currency", "0.0 %"], ["Cash abroad", "free, 4 a month"]],
    apply: "Order a card"
  },
  investing: {
    category: "investing", name: "Investing", short: "Investing", figure: "from €25",
    teaser: "A plan that runs while you don't look.",
    lede: "Savings plans on funds that follow the market, from €25 a month, for as long as you say.",
    points: ["No fee for buying in a savings plan", "Stop, change, sell on any day", "An adviser without a commission"],
    terms: [["Savings plan", "free"], ["Keeping shares, a year", "€0.00"], ["Single order", "€5.90"], ["Choice of funds", "1,140"]],
    apply: "Start a plan"
  },
  insurance: {
    category: "insurance", name: "Insurance", short: "Insurance", figure: "from €4.20",
    teaser: "For the house, the family and the bicycle.",
    lede: "What one really needs, said in one page each, and to be ended any month.",
    points: ["Household, liability and travel in one contract", "Claims with a photograph", "End it any month"],
    terms: [["Liability, a month", "€4.20"], ["Household, a month", "€7.80"], ["Bicycle, a month", "€3.10"], ["Notice", "one month"]],
    apply: "Ask for a quote"
  }
};

export const closings = ["The fees", "The interest rate", "Another bank is better", "The service", "I move abroad"];
