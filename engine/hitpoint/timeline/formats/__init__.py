"""The formats that a timeline can come in; `hitpoint.timeline.load` chooses.

otio_document, otio_mender   OpenTimelineIO's JSON, of any version
frame_rate                   the rate that it does not say
fcpxml, fcpxml_*             Final Cut Pro
fcp7, aaf, adapter           Final Cut Pro 7 (Premiere, Resolve …) and Avid, through OpenTimelineIO's adapters
edl                          CMX 3600
video                        a film without a timeline (its picture is scanned in hitpoint.media)
assembly                     pieces with start and length laid onto tracks
xml_guard                    XML that others wrote
"""
