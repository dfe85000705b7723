//! Identifiers with a shape and a check of their own: national numbers and the like.
//!
//! A rule names one as its `detector`. What each looks like is known in `detect`.

use super::words::words;

words! {
    /// An identifier that is code.
    Ident, "identifier", {
        /// Finnish personal identity code.
        FiHetu = "fi-hetu",
        /// Swedish personal number.
        SePersonnummer = "se-personnummer",
        /// Swedish organisation number.
        SeOrgnummer = "se-orgnummer",
        /// Norwegian birth number.
        NoFodselsnummer = "no-fodselsnummer",
        /// Danish CPR number.
        DkCpr = "dk-cpr",
        /// Icelandic identification number.
        IsKennitala = "is-kennitala",
        /// Estonian or Lithuanian personal code.
        EeIsikukood = "ee-isikukood",
        /// Latvian personal code.
        LvPersonasKods = "lv-personas-kods",
        /// Polish PESEL.
        PlPesel = "pl-pesel",
        /// Polish tax number.
        PlNip = "pl-nip",
        /// Czech or Slovak birth number.
        CzRodneCislo = "cz-rodne-cislo",
        /// Hungarian tax identification.
        HuTax = "hu-tax",
        /// Hungarian social security number.
        HuTaj = "hu-taj",
        /// German tax identification.
        DeTaxId = "de-tax-id",
        /// German pension insurance number.
        DeSocialSecurity = "de-social-security",
        /// German health insurance number.
        DeHealthInsurance = "de-health-insurance",
        /// German doctor number.
        DeLanr = "de-lanr",
        /// German practice number.
        DeBsnr = "de-bsnr",
        /// German identity card number.
        DeIdCard = "de-id-card",
        /// Austrian social insurance number.
        AtSvnr = "at-svnr",
        /// Swiss social insurance number.
        ChAhv = "ch-ahv",
        /// French social security number.
        FrNir = "fr-nir",
        /// French tax number.
        FrSpi = "fr-spi",
        /// Belgian national register number.
        BeNational = "be-national",
        /// Dutch citizen service number.
        NlBsn = "nl-bsn",
        /// Luxembourg identification number.
        LuMatricule = "lu-matricule",
        /// Irish PPS number.
        IePps = "ie-pps",
        /// British NHS number.
        GbNhs = "gb-nhs",
        /// British taxpayer reference.
        GbUtr = "gb-utr",
        /// British National Insurance number.
        GbNino = "gb-nino",
        /// British temporary reference number.
        GbTrn = "gb-trn",
        /// British driving licence number.
        GbDrivingLicence = "gb-driving-licence",
        /// Spanish DNI or NIE.
        EsNif = "es-nif",
        /// Spanish social security number.
        EsNuss = "es-nuss",
        /// Portuguese tax number.
        PtNif = "pt-nif",
        /// Italian fiscal code.
        ItCodiceFiscale = "it-codice-fiscale",
        /// Italian VAT number.
        ItPartitaIva = "it-partita-iva",
        /// Greek social security number.
        GrAmka = "gr-amka",
        /// Greek tax number.
        GrAfm = "gr-afm",
        /// Croatian personal number.
        HrOib = "hr-oib",
        /// Citizen number of the former Yugoslav countries.
        YuJmbg = "yu-jmbg",
        /// Slovenian tax number.
        SiTax = "si-tax",
        /// Romanian personal number.
        RoCnp = "ro-cnp",
        /// Bulgarian citizen number.
        BgEgn = "bg-egn",
        /// Turkish identity number.
        TrTckn = "tr-tckn",
        /// Russian insurance number.
        RuSnils = "ru-snils",
        /// Russian taxpayer number.
        RuInn = "ru-inn",
        /// Ukrainian taxpayer number.
        UaRnokpp = "ua-rnokpp",
        /// United States social security number in other spellings.
        UsSsnLoose = "us-ssn-loose",
        /// United States individual taxpayer number.
        UsItin = "us-itin",
        /// United States health provider identifier.
        UsNpi = "us-npi",
        /// United States DEA registration number.
        UsDea = "us-dea",
        /// United States bank routing number.
        UsAba = "us-aba",
        /// United States Medicare beneficiary identifier.
        UsMbi = "us-mbi",
        /// Bank account number by name.
        UsBank = "us-bank-account",
        /// Canadian social insurance number.
        CaSin = "ca-sin",
        /// Mexican population registry code.
        MxCurp = "mx-curp",
        /// Brazilian CPF.
        BrCpf = "br-cpf",
        /// Brazilian CNPJ.
        BrCnpj = "br-cnpj",
        /// Argentine CUIT or CUIL.
        ArCuit = "ar-cuit",
        /// Chilean RUT.
        ClRut = "cl-rut",
        /// Chinese resident identity number.
        CnResident = "cn-resident",
        /// Hong Kong identity card number.
        HkId = "hk-id",
        /// Taiwanese identity number.
        TwId = "tw-id",
        /// Korean registration number of residents and foreigners.
        KrRrn = "kr-rrn",
        /// Korean business registration number.
        KrBrn = "kr-brn",
        /// Japanese individual number.
        JpMyNumber = "jp-my-number",
        /// Indian Aadhaar number.
        InAadhaar = "in-aadhaar",
        /// Indian permanent account number.
        InPan = "in-pan",
        /// Indian goods and services tax number.
        InGstin = "in-gstin",
        /// Indian voter card number.
        InVoter = "in-voter",
        /// Singapore NRIC or FIN.
        SgNric = "sg-nric",
        /// Singapore entity number.
        SgUen = "sg-uen",
        /// Malaysian identity card number.
        MyNric = "my-nric",
        /// Thai identification number.
        ThId = "th-id",
        /// Israeli identity number.
        IlId = "il-id",
        /// Philippine taxpayer number.
        PhTin = "ph-tin",
        /// South African identity number.
        ZaId = "za-id",
        /// Australian tax file number.
        AuTfn = "au-tfn",
        /// Australian Medicare number.
        AuMedicare = "au-medicare",
        /// Australian business number.
        AuAbn = "au-abn",
        /// Australian company number.
        AuAcn = "au-acn",
        /// New Zealand tax number.
        NzIrd = "nz-ird",
        /// Telephone serial number (IMEI).
        Imei = "imei",
        /// Vehicle identification number.
        Vin = "vin",
        /// Passport number by name.
        Passport = "passport",
        /// Driving licence number by name.
        DriverLicence = "driver-licence",
    }
}
