"""Names of what a firm's codes stand for: provinces (GB/T 2260), sections of industry (GB/T 4754), size classes."""

PROVINCES = {
    "11": "北京 Beijing", "12": "天津 Tianjin", "13": "河北 Hebei", "14": "山西 Shanxi", "15": "内蒙古 Inner Mongolia",
    "21": "辽宁 Liaoning", "22": "吉林 Jilin", "23": "黑龙江 Heilongjiang", "31": "上海 Shanghai", "32": "江苏 Jiangsu",
    "33": "浙江 Zhejiang", "34": "安徽 Anhui", "35": "福建 Fujian", "36": "江西 Jiangxi", "37": "山东 Shandong",
    "41": "河南 Henan", "42": "湖北 Hubei", "43": "湖南 Hunan", "44": "广东 Guangdong", "45": "广西 Guangxi",
    "46": "海南 Hainan", "50": "重庆 Chongqing", "51": "四川 Sichuan", "52": "贵州 Guizhou", "53": "云南 Yunnan",
    "54": "西藏 Tibet", "61": "陕西 Shaanxi", "62": "甘肃 Gansu", "63": "青海 Qinghai", "64": "宁夏 Ningxia",
    "65": "新疆 Xinjiang",
}  # fmt: skip
SECTORS = {
    "A": "农林牧渔 farming", "B": "采矿 mining", "C": "制造 manufacturing", "D": "电热燃水 utilities",
    "E": "建筑 construction", "F": "批发零售 trade", "G": "运输仓储 transport", "H": "住宿餐饮 hotels, catering",
    "I": "信息技术 information", "J": "金融 finance", "K": "房地产 real estate", "L": "租赁商务 leasing, business",
    "M": "科研技术 research", "N": "水利环境 environment", "O": "居民服务 household services", "P": "教育 education",
    "Q": "卫生社会 health", "R": "文体娱乐 culture, sport", "S": "公共管理 administration",
    "T": "国际组织 international bodies",
}  # fmt: skip
SIZES = {"micro": "微型 micro", "small": "小型 small", "medium": "中型 medium", "large": "大型 large"}  # in order


def segment_name(dimension: str, segment: str) -> str:
    """What a reader calls a segment; its code where it has no name.

    >>> segment_name("region", "37"), segment_name("age", "2-5"), segment_name("size", "?")
    ('山东 Shandong', '2-5', '未知 unknown')
    """
    names = {"region": PROVINCES, "sector": SECTORS, "size": SIZES}.get(dimension, {})
    return names.get(segment, "未知 unknown" if segment == "?" else segment)


def segment_order(dimension: str, segment: str) -> tuple[float, str]:
    """Where a segment stands among those of its dimension: ages and sizes from the least, codes as they are.

    >>> sorted(["≥10", "2-5", "<2", ""], key=lambda band: segment_order("age", band))
    ['<2', '2-5', '≥10', '']
    """
    if not segment or segment == "?":
        return float("inf"), segment
    if dimension == "age":
        return (-1.0 if segment.startswith("<") else float(segment.lstrip("≥").split("-")[0])), segment
    return (float(list(SIZES).index(segment)) if segment in SIZES else 0.0), segment
