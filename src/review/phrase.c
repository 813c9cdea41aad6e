/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/phrase.h"

#include <ctype.h>
#include <string.h>

const char *const language_text[LANGUAGES] = {[LANGUAGE_EN] = "en", [LANGUAGE_CS] = "cs"};

static const char *const names[PHRASE_COUNT] = {
#define X(name) [PHRASE_##name] = #name,
	PHRASES(X)
#undef X
};

/* clang-format off */
static const char *const phrases[PHRASE_COUNT][LANGUAGES] = {
	[PHRASE_NONE] = {"", ""},
	[PHRASE_TITLE] = {"DNS risk report", "Zpráva o rizicích z provozu DNS"},
	[PHRASE_SUBTITLE] = {
		"Which devices contact vendors, operators and networks under the jurisdiction of the People's Republic of China",
		"Která zařízení komunikují s výrobci, provozovateli a sítěmi v jurisdikci Čínské lidové republiky"},
	[PHRASE_SITE] = {"Site", "Lokalita"},
	[PHRASE_PERIOD] = {"Period", "Období"},
	[PHRASE_MADE] = {"Made", "Vytvořeno"},
	[PHRASE_MODE] = {"Mode", "Režim"},
	[PHRASE_MODE_OBSERVE] = {
		"observe: queries are answered as usual, and what would have been blocked is recorded",
		"sledování: dotazy se zodpovídají běžně a zaznamenává se, co by bylo blokováno"},
	[PHRASE_MODE_ENFORCE] = {
		"enforce: the policy is applied",
		"vynucování: pravidla se uplatňují"},
	[PHRASE_CONFIGURATION] = {"Configuration", "Konfigurace"},
	[PHRASE_LISTS] = {"Lists", "Seznamy"},
	[PHRASE_COMPLETENESS] = {"Completeness of the log", "Úplnost záznamů"},
	[PHRASE_COMPLETE_RECORDS] = {"records of queries", "záznamů o dotazech"},
	[PHRASE_COMPLETE_LOSSES] = {"recorded losses", "zaznamenaných ztrát"},
	[PHRASE_VERIFIED] = {"The log was proved whole and unaltered up to the head %s.", "Ověřeno: záznamy jsou úplné a nezměněné až po otisk %s."},
	[PHRASE_VERIFIED_NOT] = {
		"The log was not verified for this report; run celnik verify.",
		"Záznamy nebyly pro tuto zprávu ověřeny; použijte celnik verify."},
	[PHRASE_REDACTED] = {
		"Devices are shown as numbers; the same number is the same device everywhere in this report.",
		"Zařízení jsou uvedena pod čísly; stejné číslo označuje v celé zprávě totéž zařízení."},
	[PHRASE_CONTENTS] = {"Contents", "Obsah"},
	[PHRASE_FIGURES] = {"The period in five figures", "Období v pěti číslech"},
	[PHRASE_FIGURES_REMARK] = {
		"Compared with the period of the same length right before it.",
		"Ve srovnání s bezprostředně předcházejícím stejně dlouhým obdobím."},
	[PHRASE_QUERIES] = {"Queries", "Dotazy"},
	[PHRASE_QUERIES_SENTENCE] = {"Devices of the site asked %s times for a name.", "Počet dotazů na jména ze zařízení v lokalitě: %s."},
	[PHRASE_DEVICES] = {"Devices", "Zařízení"},
	[PHRASE_DEVICES_SENTENCE] = {"%s devices were seen asking.", "Počet zařízení, která kladla dotazy: %s."},
	[PHRASE_EVENTS] = {"Events", "Události"},
	[PHRASE_EVENTS_SENTENCE] = {"%s queries matched a rule or an exception and were recorded as events.", "Počet dotazů, které odpovídaly pravidlu nebo výjimce a staly se událostí: %s."},
	[PHRASE_BLOCKED] = {"Blocked", "Blokováno"},
	[PHRASE_BLOCKED_SENTENCE] = {"%s queries were blocked.", "Počet zablokovaných dotazů: %s."},
	[PHRASE_WAIVED] = {"By exception", "Na výjimku"},
	[PHRASE_WAIVED_SENTENCE] = {"%s queries passed because of an approved exception.", "Počet dotazů propuštěných na základě schválené výjimky: %s."},
	[PHRASE_FIGURE] = {"Figure", "Ukazatel"},
	[PHRASE_NOW] = {"This period", "Toto období"},
	[PHRASE_BEFORE] = {"Period before", "Předchozí období"},
	[PHRASE_CHANGE] = {"Change", "Změna"},
	[PHRASE_RISK] = {"Evidence for the risk analysis", "Podklady pro analýzu rizik"},
	[PHRASE_RISK_REMARK] = {
		"One line for each group of devices and each vendor or operator that it contacted. The evidence is filled in; weighing it, and the verdict, are yours.",
		"Jeden řádek pro každou skupinu zařízení a každého výrobce či provozovatele, s nímž komunikovala. Zjištění jsou vyplněna; jejich vyhodnocení a závěr náleží vám."},
	[PHRASE_THREAT] = {"Threat", "Hrozba"},
	[PHRASE_THREAT_TEXT] = {
		"The Czech National Cyber and Information Security Agency warned on 3 September 2025 of the transfer of system and user data to the People's Republic of China, including its special administrative regions, and of remote administration of technical assets from there. It rates the threat as high. The warning is not a ban: obliged bodies have to consider it in their risk analysis and to answer with adequate measures.",
		"Národní úřad pro kybernetickou a informační bezpečnost vydal dne 3. září 2025 varování před předáváním systémových a uživatelských dat do Čínské lidové republiky včetně jejích zvláštních administrativních oblastí a před vzdálenou správou technických aktiv odtud. Hrozbu hodnotí jako vysokou. Varování není zákazem: povinné osoby je mají zohlednit v analýze rizik a reagovat přiměřenými opatřeními."},
	[PHRASE_GROUP] = {"Group", "Skupina"},
	[PHRASE_CATEGORY] = {"Category", "Kategorie"},
	[PHRASE_VENDOR] = {"Vendor", "Výrobce"},
	[PHRASE_FIRST] = {"First seen", "Poprvé"},
	[PHRASE_LAST] = {"Last seen", "Naposledy"},
	[PHRASE_MEASURE] = {"Measure taken", "Opatření"},
	[PHRASE_EXCEPTION] = {"Exception", "Výjimka"},
	[PHRASE_OWNER] = {"Owner", "Vlastník"},
	[PHRASE_DAYS] = {"Decisions by day", "Rozhodnutí po dnech"},
	[PHRASE_DAYS_REMARK] = {"Events only; queries that no rule matched are left out.", "Jen události; dotazy, kterých se žádné pravidlo netýká, jsou vynechány."},
	[PHRASE_DAY] = {"Day", "Den"},
	[PHRASE_ALLOWED] = {"By exception", "Na výjimku"},
	[PHRASE_RECORDED] = {"Recorded", "Zaznamenáno"},
	[PHRASE_WOULD_BLOCK] = {"Would be blocked", "Bylo by blokováno"},
	[PHRASE_HEAT] = {"Events by hour and weekday", "Události podle hodiny a dne v týdnu"},
	[PHRASE_HEAT_REMARK] = {
		"A row that is even at all hours, also at night, is the sign of devices that report by themselves.",
		"Řádek, který je rovnoměrný ve všech hodinách i v noci, svědčí o zařízeních, která se hlásí sama."},
	[PHRASE_WEEKDAY] = {"Weekday", "Den v týdnu"},
	[PHRASE_HOUR] = {"Hour", "Hodina"},
	[PHRASE_VENDORS] = {"Vendors and operators", "Výrobci a provozovatelé"},
	[PHRASE_CATEGORIES] = {"Categories", "Kategorie"},
	[PHRASE_MATRIX] = {"Devices and vendors", "Zařízení a výrobci"},
	[PHRASE_MATRIX_REMARK] = {"Queries; the most active devices and the most contacted vendors.", "Počty dotazů; nejaktivnější zařízení a nejčastější výrobci."},
	[PHRASE_DEVICE] = {"Device", "Zařízení"},
	[PHRASE_COUNTRIES] = {"Where the addresses are", "Kde se adresy nacházejí"},
	[PHRASE_COUNTRIES_REMARK] = {
		"By the location of the addresses in the answers, as far as the lists and databases in use know it.",
		"Podle umístění adres v odpovědích, pokud je použité seznamy a databáze znají."},
	[PHRASE_COUNTRY] = {"Country", "Země"},
	[PHRASE_OPERATORS] = {"Operators of networks", "Provozovatelé sítí"},
	[PHRASE_OPERATOR] = {"AS", "AS"},
	[PHRASE_SEEN] = {"Seen for the first time", "Poprvé zjištěno"},
	[PHRASE_SEEN_REMARK] = {"Vendors and countries that a device contacted for the first time in this period.", "Výrobci a země, s nimiž zařízení komunikovalo poprvé v tomto období."},
	[PHRASE_WHAT] = {"Kind", "Druh"},
	[PHRASE_VALUE] = {"Value", "Hodnota"},
	[PHRASE_REGISTER] = {"Register of devices", "Přehled zařízení"},
	[PHRASE_RULES] = {"What the rules did", "Působení pravidel"},
	[PHRASE_RULES_REMARK] = {"What was done, and what would be done in mode enforce.", "Co bylo provedeno a co by bylo provedeno v režimu vynucování."},
	[PHRASE_RULE] = {"Rule", "Pravidlo"},
	[PHRASE_ACTION] = {"Action", "Provedeno"},
	[PHRASE_IN_ENFORCE] = {"In mode enforce", "V režimu vynucování"},
	[PHRASE_EXCEPTIONS] = {"Register of exceptions", "Přehled výjimek"},
	[PHRASE_EXCEPTIONS_REMARK] = {"Those without a hit and those that expire soon stand first.", "Nejprve nevyužité a brzy končící."},
	[PHRASE_REASON] = {"Reason", "Důvod"},
	[PHRASE_TICKET] = {"Ticket", "Požadavek"},
	[PHRASE_EXPIRES] = {"Last day", "Poslední den"},
	[PHRASE_DAYS_LEFT] = {"Days left", "Zbývá dnů"},
	[PHRASE_HITS] = {"Hits", "Využití"},
	[PHRASE_LOSSES] = {"Losses", "Ztráty záznamů"},
	[PHRASE_LOSSES_REMARK] = {"What the daemon could not record, or did not answer because of its limits.", "Co nebylo možné zaznamenat nebo co nebylo zodpovězeno kvůli omezením."},
	[PHRASE_TIME] = {"Time", "Čas"},
	[PHRASE_CHANGES] = {"Changes of configuration and lists", "Změny konfigurace a seznamů"},
	[PHRASE_COVERAGE] = {"What this report cannot show", "Co tato zpráva ukázat nemůže"},
	[PHRASE_COVERAGE_TEXT] = {
		"A device that uses addresses without asking for a name is not seen here.\n"
		"Queries that bypass this server are not seen: DNS over HTTPS or TLS to other servers, other resolvers, hosts files. Only rules of a firewall can prevent that; celnik lists export gives it the ranges.\n"
		"Behind another resolver or an address translation all devices are one.\n"
		"A query shows the intention to connect. It shows neither that data were sent nor which.\n"
		"Lists and databases of locations are never complete and err. Each finding names the list and the line that it rests on.",
		"Zařízení, které používá adresy bez dotazu na jméno, zde není vidět.\n"
		"Není vidět provoz, který tento server obchází: DNS přes HTTPS nebo TLS k jiným serverům, jiné resolvery, soubory hosts. Zabránit tomu může jen firewall; rozsahy pro něj vydá celnik lists export.\n"
		"Za jiným resolverem nebo překladem adres se všechna zařízení jeví jako jedno.\n"
		"Dotaz ukazuje úmysl navázat spojení. Neukazuje, zda a jaká data byla odeslána.\n"
		"Seznamy a databáze umístění nejsou nikdy úplné a mohou se mýlit. Každé zjištění uvádí seznam a řádek, o který se opírá."},
	[PHRASE_METHOD] = {"Method", "Metoda"},
	[PHRASE_METHOD_TEXT] = {
		"celnik answers the DNS queries of the site. It resolves each name, and compares the name, every alias and every address of the answer with lists of names and ranges and with databases of locations. The policy then decides what the device gets. Every query is recorded with what was found and why it was decided so.\n"
		"Three facts are kept apart: where the server stands (located), who operates the name or the network (operated), and who owns the brand (owned).\n"
		"A query is counted once for each vendor, category or country that was found in it, so these figures may add up to more than all queries.",
		"celnik zodpovídá DNS dotazy v lokalitě. Každé jméno přeloží a jméno, všechny aliasy i všechny adresy odpovědi porovná se seznamy jmen a rozsahů a s databázemi umístění. O tom, co zařízení dostane, rozhodují pravidla. Každý dotaz se zaznamená spolu s tím, co bylo zjištěno a proč bylo tak rozhodnuto.\n"
		"Rozlišují se tři skutečnosti: kde se server nachází (located), kdo jméno nebo síť provozuje (operated) a kdo vlastní značku (owned).\n"
		"Dotaz se započítává jednou pro každého výrobce, kategorii či zemi, které v něm byly zjištěny, takže součty mohou převyšovat počet dotazů."},
	[PHRASE_GLOSSARY] = {"Glossary", "Slovník"},
	[PHRASE_GLOSSARY_TEXT] = {
		"Event: a query that a rule or an exception matched.\n"
		"Sinkhole: the device gets an address at which nothing answers.\n"
		"Exception: an approved departure from the policy with a reason, an owner and a last day.\n"
		"AS: a network under one administration (autonomous system).\n"
		"Digest: the fingerprint of a text; another text has another one.",
		"Událost (event): dotaz, kterého se týká pravidlo nebo výjimka.\n"
		"Sinkhole: zařízení dostane adresu, na které nic neodpovídá.\n"
		"Výjimka (exception): schválená odchylka od pravidel s důvodem, vlastníkem a posledním dnem platnosti.\n"
		"AS: síť pod jednou správou (autonomní systém).\n"
		"Otisk (digest): otisk textu; jiný text má jiný otisk."},
	[PHRASE_EMPTY] = {"Nothing in this period.", "V tomto období nic."},
	[PHRASE_MORE] = {"%s more lines stand in the tables of --csv-dir.", "Dalších řádků v tabulkách --csv-dir: %s."},
	[PHRASE_DEVICE_NUMBER] = {"device", "zařízení"},
	[PHRASE_UNNAMED] = {"(none)", "(žádná)"},
};
/* clang-format on */

const char *phrase(enum language language, enum phrase p)
{
	return phrases[p][language];
}

enum phrase phrase_find(const char *name, size_t len)
{
	for (size_t i = 0; i < PHRASE_COUNT; i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return (enum phrase)i;
	return PHRASE_NONE;
}

bool language_parse(const char *word, enum language *out)
{
	for (size_t i = 0; i < LANGUAGES; i++) {
		if (strcmp(word, language_text[i]) == 0) {
			*out = (enum language)i;
			return true;
		}
	}
	return false;
}
